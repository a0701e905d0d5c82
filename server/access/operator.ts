import { type RequestHandler, Router } from 'express'
import { type AuditEntry, recordEntry } from '#app/audit/record-entry.ts'
import { isSecure } from '#app/auth/access.ts'
import { redeemOperatorKey } from '#app/auth/operator-links.server.ts'
import { sessionCookie, signSession } from '#app/auth/session.ts'
import type { Services } from '../services/services.ts'
import { answerRefusal } from './guard.ts'

/**
 * Handles `GET /operator?key=…`, the one-time link printed at startup: sets the session and redirects to the
 * home page.
 */
export function operatorRoutes({ config, database }: Services, secret: string): Router {
  const signIn: RequestHandler = async (req, res, next) => {
    try {
      const key = typeof req.query.key === 'string' ? req.query.key : ''
      const isGood = await redeemOperatorKey(await database.prisma(), key)
      if (!isGood) return answerRefusal(req, res, USED_UP)
      // Before the session is handed out, so that nobody has one that is not in the audit log.
      await recordEntry(await database.prisma(), REDEEMED)
      const cookie = sessionCookie(signSession(secret, Date.now()), { secure: isSecure(config) })
      res.set({ 'Set-Cookie': cookie, 'Cache-Control': 'no-store' }).redirect(303, '/')
    } catch (error) {
      next(error)
    }
  }
  // Express handles HEAD with the GET handler by default. Link checkers send HEAD, which must not redeem the
  // link.
  const look: RequestHandler = (_req, res) => void res.status(204).end()
  return Router().head('/operator', look).get('/operator', signIn)
}

const REDEEMED: AuditEntry = {
  actor: 'operator',
  action: 'operator_link.redeemed',
  installationId: null,
  subject: 'operator link',
  details: {},
}

const USED_UP = {
  status: 401,
  title: 'This link is no longer valid',
  paragraphs: ['An operator link works once, within an hour. To get a new link, restart Whence.'],
}
