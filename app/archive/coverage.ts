import { operated, type Scope, visible } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isReadable, notDeleted, notErasing } from '#app/database/predicates.ts'

/** How much of GitHub a search covers, and how fresh it is. */
export interface Coverage {
  pullRequests: number
  repositories: number
  /** Repositories that no sync has read to the end. */
  unread: number
  /** Repositories of which only the newest pull requests are read. */
  limited: number
  /** Pull requests with lists that are not complete. */
  incomplete: number
  /** Repositories in the copy that nobody may read; 0 for a viewer who operates no installation. */
  hidden: number
  /** When the repositories were last read to the end. */
  read: { from: string; to: string } | null
}

type CoverageRow = Omit<Coverage, 'read'> & { from: Date | null; to: Date | null }

/** Counts what a search in this scope covers. */
export async function readCoverage(db: Queryable, scope: Scope): Promise<Coverage> {
  const { values, bind } = parametersOf()
  const { rows } = await db.query<CoverageRow>(
    `with own as (
       select r.synced_from, r.last_synced_at, r.pull_requests as github, count.*
       from repository r cross join lateral (
         select count(*) as stored, count(*) filter (where not p.is_complete) as incomplete
         from pull_request p where p.repository_id = r.id and ${notDeleted('p')}) count
       where ${visible(scope, 'r')(bind)})
     select coalesce(sum(stored), 0)::int as pull_requests, count(*)::int as repositories,
       (count(*) filter (where last_synced_at is null))::int as unread,
       (count(*) filter (where synced_from > to_timestamp(0) and stored < github))::int as limited,
       coalesce(sum(incomplete), 0)::int as incomplete,
       (select count(*)::int from repository h where ${operated(scope, 'h.installation_id')(bind)}
         and not (${isReadable('h')}) and ${notErasing('h')}) as hidden,
       min(last_synced_at) as "from", max(last_synced_at) as "to"
     from own`,
    values,
  )
  const [{ from, to, ...counts }] = rows as [CoverageRow]
  const read = from && to && { from: from.toISOString(), to: to.toISOString() }
  return { ...counts, read }
}
