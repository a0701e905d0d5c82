/** What is read of each repository, and how far back: for the API and the page. */

import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import { type Scope, visible } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'

interface GapView {
  kind: 'repository' | 'pull_request'
  name: string
  reason: string
  attempts: number
  nextTryAt: string
}

export interface RepositoryView {
  id: string
  installation: string
  fullName: string
  description: string | null
  url: string
  visibility: 'PUBLIC' | 'PRIVATE' | 'INTERNAL'
  archived: boolean
  fork: boolean
  defaultBranch: string | null
  language: string | null
  topics: string[]
  /** In the tables, and according to GitHub. */
  pullRequests: { stored: number; github: number }
  /** Every pull request updated between the two is in the tables; 1970 stands for "ever". */
  syncedFrom: string | null
  syncedUntil: string | null
  /** Set when the window leaves older ones out. */
  newest: { stored: number; of: number } | null
  lastSyncedAt: string | null
  gaps: GapView[]
}

interface RepositoryRow {
  id: ReadableRepositoryId
  installationId: string
  fullName: string
  description: string | null
  url: string
  visibility: RepositoryView['visibility']
  isArchived: boolean
  isFork: boolean
  defaultBranch: string | null
  language: string | null
  topics: string[]
  pullRequests: number
  stored: number
  syncedFrom: Date | null
  syncedUntil: Date | null
  lastSyncedAt: Date | null
}

interface Page {
  installationId?: string
  /** The id of the last repository of the page before. */
  after?: string
  limit: number
}

/** Repositories in scope by id, a page at a time; `next` is the `after` of the next page, or null. */
export async function readRepositories(
  db: Queryable,
  scope: Scope,
  { installationId, after, limit }: Page,
): Promise<{ repositories: RepositoryView[]; next: string | null }> {
  const { values, bind } = parametersOf([installationId ?? null, after ?? 0, limit + 1])
  const { rows } = await db.query<RepositoryRow>(
    `select r.id, r.installation_id, r.full_name, r.description, r.url, r.visibility, r.is_archived,
       r.is_fork, r.default_branch, r.language, r.topics, r.pull_requests, count.stored,
       r.synced_from, r.synced_until, r.last_synced_at
     from repository r
       cross join lateral (select count(*)::int as stored from pull_request p
         where p.repository_id = r.id and ${notDeleted('p')}) count
     where ${visible(scope, 'r')(bind)}
       and ($1::bigint is null or r.installation_id = $1) and r.id > $2
     order by r.id limit $3`,
    values,
  )
  const shown = rows.slice(0, limit)
  const gaps = await readGaps(
    db,
    shown.map((row) => row.id),
  )
  return {
    repositories: shown.map((row) => describeRepository(row, gaps.get(row.id) ?? [])),
    next: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
  }
}

function describeRepository(row: RepositoryRow, gaps: GapView[]): RepositoryView {
  const { stored, pullRequests: github } = row
  const isLimited = row.syncedFrom !== null && row.syncedFrom.getTime() > 0 && stored < github
  return {
    id: row.id,
    installation: row.installationId,
    fullName: row.fullName,
    description: row.description,
    url: row.url,
    visibility: row.visibility,
    archived: row.isArchived,
    fork: row.isFork,
    defaultBranch: row.defaultBranch,
    language: row.language,
    topics: row.topics,
    pullRequests: { stored, github },
    syncedFrom: row.syncedFrom?.toISOString() ?? null,
    syncedUntil: row.syncedUntil?.toISOString() ?? null,
    newest: isLimited ? { stored, of: github } : null,
    lastSyncedAt: row.lastSyncedAt?.toISOString() ?? null,
    gaps,
  }
}

async function readGaps(
  db: Queryable,
  repositoryIds: ReadableRepositoryId[],
): Promise<Map<string, GapView[]>> {
  const { rows } = await db.query<
    Omit<GapView, 'nextTryAt'> & { repositoryId: string; nextTryAt: Date }
  >(
    `select repository_id, kind, name, reason, attempts, next_try_at from gap
     where repository_id = any($1::bigint[]) order by kind, name`,
    [repositoryIds],
  )
  const found = new Map<string, GapView[]>()
  for (const { repositoryId, nextTryAt, ...gap } of rows) {
    const view = { ...gap, nextTryAt: nextTryAt.toISOString() }
    found.set(repositoryId, [...(found.get(repositoryId) ?? []), view])
  }
  return found
}
