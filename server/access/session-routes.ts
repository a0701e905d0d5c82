import { type RequestHandler, Router } from 'express'
import { recordEntry } from '#app/audit/record-entry.ts'
import { isSecure } from '#app/auth/access.ts'
import { sessionCookie } from '#app/auth/session.ts'
import { endSession } from '#app/auth/sessions.server.ts'
import type { Services } from '../services/services.ts'
import { plainPage } from './plain-page.ts'

/**
 * Handles `GET /session`, which tells an open page that its browser is still let in, and `POST /sign-out`, which
 * ends the session of the browser.
 */
export function sessionRoutes({ config, database }: Services): Router {
  const signOut: RequestHandler = async (_req, res, next) => {
    const { actor, sessionId, nonce } = res.locals
    if (!sessionId) return next()
    try {
      await endSession(await database.prisma(), sessionId)
      await recordEntry(await database.prisma(), {
        ...{ actor, action: 'session.ended', installationId: null },
        ...{ subject: `session ${sessionId}`, details: {} },
      })
      const cookie = sessionCookie(null, { secure: isSecure(config) })
      res.set({ 'Set-Cookie': cookie, 'Cache-Control': 'no-store' })
      res.type('html').send(plainPage({ ...SIGNED_OUT, nonce }))
    } catch (error) {
      next(error)
    }
  }
  const look: RequestHandler = (_req, res) => {
    res.set('Cache-Control', 'no-store').status(204).end()
  }
  return Router().get('/session', look).post('/sign-out', signOut)
}

const SIGNED_OUT = {
  title: 'You are signed out',
  paragraphs: ['To sign in again, open an operator link. Whence prints one when it starts.'],
}
