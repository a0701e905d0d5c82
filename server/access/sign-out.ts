import { type RequestHandler, Router } from 'express'
import { isSecure } from '#app/auth/access.ts'
import { sessionCookie } from '#app/auth/session.ts'
import { endSession } from '#app/auth/sessions.server.ts'
import type { Services } from '../services/services.ts'
import { plainPage } from './plain-page.ts'

/** Handles `POST /sign-out`: ends the session of this browser. */
export function signOutRoutes({ config, database }: Services): Router {
  const signOut: RequestHandler = async (_req, res, next) => {
    const { sessionId, nonce } = res.locals
    if (!sessionId) return next()
    try {
      await endSession(await database.prisma(), sessionId)
      const cookie = sessionCookie(null, { secure: isSecure(config) })
      res.set({ 'Set-Cookie': cookie, 'Cache-Control': 'no-store' })
      res.type('html').send(plainPage({ ...SIGNED_OUT, nonce }))
    } catch (error) {
      next(error)
    }
  }
  return Router().post('/sign-out', signOut)
}

const SIGNED_OUT = {
  title: 'You are signed out',
  paragraphs: ['To sign in again, open an operator link. Whence prints one when it starts.'],
}
