import { type Actor, recordIn } from '#app/audit/record-entry.ts'
import type { SessionLimits } from '#app/auth/session.ts'
import { endSessions, listSessions } from '#app/auth/sessions.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { forgetUserToken } from './forget-people.ts'

export interface SigningOut {
  actor: Actor
  /** Whose session it has to be: a person's, or the operator's. */
  personId: string | null
  /** Null ends every session of theirs. */
  sessionId: string | null
}

/**
 * Ends sessions of a person or of the operator, and forgets GitHub's token of a person who has no session left,
 * and no token of their own.
 *
 * @returns how many were open.
 */
export async function signOut(
  db: Pool,
  limits: SessionLimits,
  { actor, personId, sessionId }: SigningOut,
): Promise<number> {
  const whose = personId === null ? 'operator' : { personId }
  return transaction(db, async (tx) => {
    const ended = await endSessions(tx, limits, {
      whose,
      ...(sessionId !== null && { id: sessionId }),
    })
    if (personId !== null && (await listSessions(tx, limits, whose)).length === 0)
      await forgetUserToken(tx, personId)
    if (ended > 0)
      await recordIn(tx, {
        ...{ actor, action: 'session.ended', installationId: null },
        subject: sessionId === null ? 'all sessions' : `session ${sessionId}`,
        details: { ended },
      })
    return ended
  })
}
