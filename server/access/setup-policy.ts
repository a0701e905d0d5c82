import type { RequestHandler } from 'express'
import { readConnection } from '#app/github/connection/read-connection.ts'
import type { Services } from '../services/services.ts'
import { contentSecurityPolicy } from './security-headers.ts'

/** Lets the form that creates the App lead to the configured GitHub, on the page of the set-up alone. */
export function setupPolicy({ config, database }: Services): RequestHandler {
  return async (req, res, next) => {
    if (req.path !== '/setup') return next()
    try {
      const { webUrl } = await readConnection(database.web, config)
      const policy = contentSecurityPolicy(res.locals.nonce, new URL(webUrl).origin)
      res.set('Content-Security-Policy', policy)
      next()
    } catch (error) {
      next(error)
    }
  }
}
