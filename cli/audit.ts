import { verifyChain } from '#app/audit/verify-chain.ts'
import { operatorScope } from '#app/auth/scope.ts'
import { type AuditEntry, readAudit } from '#app/sync/status/audit-log.ts'
import { type CommandContext, note, print } from './context.ts'
import { withDatabase } from './with-database.ts'

export interface AuditOptions {
  json: boolean
}

/** Lists the latest entries of the audit log, newest first. */
export async function list(
  context: CommandContext,
  { limit, json }: AuditOptions & { limit: number },
): Promise<number> {
  return withDatabase(context, async ({ pool }) => {
    const { entries } = await readAudit(pool, operatorScope(), { limit })
    if (json) await print(context, JSON.stringify({ entries }, null, 2))
    else if (entries.length === 0) await note(context, 'The audit log has no entries yet')
    else await print(context, entries.map(renderEntry).join('\n'))
    return 0
  })
}

/** Checks the whole audit log. @returns 1 if an entry is not as it was recorded. */
export async function verify(context: CommandContext, { json }: AuditOptions): Promise<number> {
  return withDatabase(context, async ({ pool }) => {
    const verification = await verifyChain(pool)
    const { entries, head, broken } = verification
    const intact = `The ${entries} entries of the audit log are as they were recorded; the last hash is ${head || 'none'}`
    if (json) await print(context, JSON.stringify(verification, null, 2))
    else await print(context, broken ? broken.message : intact)
    return broken ? 1 : 0
  })
}

function renderEntry({ id, at, actor, action, subject, details }: AuditEntry): string {
  const facts = Object.keys(details).length > 0 ? ` ${JSON.stringify(details)}` : ''
  const about = subject.replace(/\s+/g, ' ')
  return `${id.padStart(6)}  ${at.slice(0, 19)}Z  ${actor}: ${action} ${about}${facts}`
}
