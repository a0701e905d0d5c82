import { type Actor, recordIn } from '#app/audit/record-entry.ts'
import { type Bearer, markFirstUse } from '#app/auth/tokens.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { actorOf, type Person } from './person.ts'

/** Records the first use of a token, once, however many requests are the first. */
export async function recordFirstUse(
  pool: Pool,
  { tokenId, name, personId }: Pick<Bearer, 'tokenId' | 'name' | 'personId'>,
): Promise<void> {
  await transaction(pool, async (tx) => {
    if (!(await markFirstUse(tx, tokenId))) return
    const { rows } = await tx.query<Pick<Person, 'login' | 'githubId'>>(
      'select login, github_id from person where id = $1',
      [personId],
    )
    await recordIn(tx, {
      ...{ actor: bearerActor(name, rows[0] ?? null), action: 'token.used' },
      ...{ installationId: null, subject: name, details: {} },
    })
  })
}

/** Names a program in the audit log. @param owner null for a token of the operator. */
export function bearerActor(name: string, owner: Pick<Person, 'login' | 'githubId'> | null): Actor {
  return owner === null ? `token ${name}` : `token ${name} of ${actorOf(owner)}`
}
