/** Reads the audit log: who changed what, and when. */
import { operated, type Scope } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'

export interface AuditPage {
  installationId?: string | undefined
  /** ISO 8601: entries from this time on, and before that one. */
  from?: string | undefined
  until?: string | undefined
  /** The id of the last entry of the previous page. */
  before?: string | undefined
  limit: number
}

export interface AuditEntry {
  id: string
  /** ISO 8601. */
  at: string
  actor: string
  action: string
  installation: string | null
  subject: string
  details: object
}

/**
 * Returns a page of the entries of the installations that the viewer operates, newest first. Entries of no
 * installation are the operator's.
 */
export async function readAudit(
  db: Queryable,
  scope: Scope,
  { installationId, from, until, before, limit }: AuditPage,
) {
  const [first, end] = [from ? new Date(from) : null, until ? new Date(until) : null]
  const { values, bind } = parametersOf([
    installationId ?? null,
    first,
    end,
    before ?? null,
    limit + 1,
  ])
  const { rows } = await db.query<Omit<AuditEntry, 'at'> & { at: Date }>(
    `select a.id, a.at, a.actor, a.action, a.installation_id as installation, a.subject, a.details
     from audit_entry a
     where ${operated(scope, 'a.installation_id')(bind)}
       and ($1::bigint is null or a.installation_id = $1)
       and ($2::timestamptz is null or a.at >= $2) and ($3::timestamptz is null or a.at < $3)
       and ($4::bigint is null or a.id < $4)
     order by a.id desc limit $5`,
    values,
  )
  const entries = rows.slice(0, limit).map((row) => ({ ...row, at: row.at.toISOString() }))
  return { entries, next: rows.length > limit ? (entries.at(-1)?.id ?? null) : null }
}
