import { recordIn } from '#app/audit/record-entry.ts'
import { redeemOperatorKey } from '#app/auth/operator-links.server.ts'
import { type NewSession, replaceSessions, startSession } from '#app/auth/sessions.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'

interface SignIn extends Omit<NewSession, 'personId'> {
  /** The key of an operator link. */
  key: string
  /** Values of the browser's cookie, whose sessions end. */
  replaced: string[]
}

/**
 * Redeems an operator link and starts a session, with an entry in the audit log.
 *
 * @returns the value of its cookie, or null if the key was not valid; then nothing changes.
 */
export async function signInByLink(
  pool: Pool,
  { key, replaced, ...session }: SignIn,
): Promise<string | null> {
  return transaction(pool, async (tx) => {
    if (!(await redeemOperatorKey(tx, key))) return null
    await replaceSessions(tx, replaced, session.limits)
    const value = await startSession(tx, { ...session, personId: null })
    await recordIn(tx, {
      ...{ actor: 'operator', action: 'operator_link.redeemed', installationId: null },
      ...{ subject: 'operator link', details: {} },
    })
    return value
  })
}
