/** Reads the audit log: who changed what, and when. */
import type { AuditAction } from '#app/audit/actions.ts'
import { isOperator, operated, type Scope, visible } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'

export interface AuditFilter {
  installationId?: string | undefined
  action?: string | undefined
  /** A part of the actor, in any case. */
  actor?: string | undefined
  /** ISO 8601, a time or a day of UTC: entries from this time on, and before that one. */
  from?: string | undefined
  until?: string | undefined
}

export interface AuditPage extends AuditFilter {
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
  details: Record<string, unknown>
}

interface Row extends Omit<AuditEntry, 'at'> {
  at: Date
  account: string | null
  /** True if the subject is a repository that the viewer may read. */
  isReadable: boolean
}

/**
 * Returns a page of the entries of the installations that the viewer operates, newest first. Entries of no
 * installation are the operator's. Only the operator reads the names of repositories that are not in scope.
 */
export async function readAudit(
  db: Queryable,
  scope: Scope,
  { installationId, action, actor, from, until, before, limit }: AuditPage,
) {
  const [first, end] = [from ? new Date(from) : null, until ? new Date(until) : null]
  const { values, bind } = parametersOf([
    installationId ?? null,
    first,
    end,
    before ?? null,
    limit + 1,
    action ?? null,
    actor ?? null,
  ])
  const { rows } = await db.query<Row>(
    `select a.id, a.at, a.actor, a.action, a.installation_id as installation, a.subject, a.details,
       i.account, exists (select from repository r
         where lower(r.full_name) = lower(a.subject) and ${visible(scope, 'r')(bind)}) as is_readable
     from audit_entry a left join installation i on i.id = a.installation_id
     where ${operated(scope, 'a.installation_id')(bind)}
       and ($1::bigint is null or a.installation_id = $1)
       and ($2::timestamptz is null or a.at >= $2) and ($3::timestamptz is null or a.at < $3)
       and ($4::bigint is null or a.id < $4)
       and ($6::text is null or a.action = $6)
       and ($7::text is null or position(lower($7) in lower(a.actor)) > 0)
     order by a.id desc limit $5`,
    values,
  )
  const entries = rows.slice(0, limit).map((row) => entryOf(row, scope))
  return { entries, next: rows.length > limit ? (entries.at(-1)?.id ?? null) : null }
}

/** Entries of these actions name no repository; settings are what their operators read on their page. */
const WITHOUT_NAMES: readonly string[] = [
  'settings.changed',
  'installation.purged',
  'job.cancelled',
  'job.retried',
  'delivery.redelivered',
  'access.lost',
] satisfies AuditAction[]

function entryOf({ account, isReadable, at, ...entry }: Row, scope: Scope): AuditEntry {
  const shown = { ...entry, at: at.toISOString() }
  if (isOperator(scope) || isReadable || WITHOUT_NAMES.includes(entry.action)) return shown
  const { job, requestId } = entry.details
  return {
    ...shown,
    subject: account ?? `installation ${entry.installation}`,
    details: { ...(job !== undefined && { job }), ...(requestId !== undefined && { requestId }) },
  }
}

/** Returns the installations whose entries the viewer may read. */
export async function readAudited(
  db: Queryable,
  scope: Scope,
): Promise<{ id: string; account: string }[]> {
  const { values, bind } = parametersOf([])
  const { rows } = await db.query<{ id: string; account: string }>(
    `select i.id, i.account from installation i
     where ${operated(scope, 'i.id')(bind)} order by lower(i.account), i.id limit 500`,
    values,
  )
  return rows
}
