import express, { type Request, type RequestHandler, Router } from 'express'
import { isSecure } from '#app/auth/access.ts'
import { noSessionCookie } from '#app/auth/session.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { isOff, oauthAppOf } from '#app/sign-in/oauth.ts'
import { signOut } from '#app/sign-in/sign-out.ts'
import type { Services } from '../services/services.ts'
import type { Admitted } from './admitted.ts'
import { plainPage } from './plain-page.ts'
import { linksBackTo } from './refusal.ts'

/**
 * Handles `GET /session`, which tells an open page that its browser is still let in, and `POST /sign-out`, which
 * ends the session of the browser. Its field `session` names another one of the same person, or `all`.
 */
export function sessionRoutes({ config, database }: Services): Router {
  const end: RequestHandler = async (req, res, next) => {
    const { actor, sessionId: own, person, tokenId } = res.locals as Admitted
    const asked = sessionIn(req) ?? own
    // A program has no sessions.
    if (asked === null || tokenId !== null) return next()
    try {
      const sessionId = asked === 'all' ? null : asked
      await signOut(database.web, config, { actor, personId: person?.id ?? null, sessionId })
      res.set('Cache-Control', 'no-store')
      if (own === null || (sessionId !== null && sessionId !== own))
        return res.redirect(303, '/account')
      res.set('Set-Cookie', noSessionCookie({ secure: isSecure(config) })).type('html')
      const isForLinks = isOff(oauthAppOf(config, await readConnection(database.web, config)))
      const { nonce } = res.locals
      res.send(plainPage({ ...(isForLinks ? BY_LINK : BY_GITHUB), nonce }))
    } catch (error) {
      next(error)
    }
  }
  const look: RequestHandler = (_req, res) => {
    res.set('Cache-Control', 'no-store').status(204).end()
  }
  const form = express.urlencoded({ extended: false, limit: '4kb' })
  return Router().get('/session', look).post('/sign-out', form, end)
}

function sessionIn({ body }: Request): string | null {
  const { session } = (body ?? {}) as { session?: unknown }
  return typeof session === 'string' && /^(all|\d{1,18})$/.test(session) ? session : null
}

const BY_LINK = {
  title: 'You are signed out',
  paragraphs: ['To sign in again, open an operator link. Whence prints one when it starts.'],
}
const BY_GITHUB = {
  title: 'You are signed out',
  paragraphs: ['You are still signed in at GitHub.'],
  links: linksBackTo('/'),
}
