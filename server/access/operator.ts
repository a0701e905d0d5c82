import { type RequestHandler, Router } from 'express'
import { isSecure } from '#app/auth/access.ts'
import { sessionCookie, sessionValues } from '#app/auth/session.ts'
import { signInByLink } from '#app/sign-in/sign-in-by-link.ts'
import type { Services } from '../services/services.ts'
import { answerRefusal } from './guard.ts'
import { isRefusal, type Strangers } from './strangers.ts'

/**
 * Handles `GET /operator?key=…`, the one-time link printed at startup: starts a session, which replaces the
 * one that the browser has, and redirects to the home page.
 */
export function operatorRoutes(
  { config, database }: Services,
  strangers: Strangers,
  turn: RequestHandler,
): Router {
  const secure = isSecure(config)
  const redeem: RequestHandler = async (req, res, next) => {
    try {
      const key = typeof req.query.key === 'string' ? req.query.key : ''
      const replaced = sessionValues(req.headers.cookie, { secure })
      const userAgent = req.get('user-agent') ?? ''
      const value = await strangers.lookUp(req, `key ${key}`, () =>
        signInByLink(database.web, { key, replaced, userAgent, limits: config }),
      )
      if (isRefusal(value)) return answerRefusal(req, res, value)
      if (value === null) return answerRefusal(req, res, USED_UP)
      const cookie = sessionCookie(value, { secure, days: config.SESSION_DAYS })
      res.set({ 'Set-Cookie': cookie, 'Cache-Control': 'no-store' }).redirect(303, '/')
    } catch (error) {
      next(error)
    }
  }
  // Express handles HEAD with the GET handler by default. Link checkers send HEAD, which must not redeem the
  // link.
  const look: RequestHandler = (_req, res) => void res.status(204).end()
  return Router().head('/operator', look).get('/operator', turn, redeem)
}

const USED_UP = {
  status: 401,
  title: 'This link is no longer valid',
  paragraphs: ['An operator link works once, within an hour. To get a new link, restart Whence.'],
}
