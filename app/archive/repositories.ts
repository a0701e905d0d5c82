/** Reads the repositories with their synced windows and gaps, for the page, the API and MCP. */
import { z } from 'zod'

import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import { type Scope, visible } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'

const moment = z.iso.datetime()
const count = z.number().int()

const gap = z.object({
  kind: z.enum(['repository', 'pull_request']),
  name: z.string(),
  reason: z.string(),
  attempts: count,
  nextTryAt: moment,
})
type GapView = z.infer<typeof gap>

export const repositorySchema = z.object({
  id: z.string(),
  installation: z.string(),
  fullName: z.string(),
  description: z.string().nullable(),
  url: z.string(),
  visibility: z.enum(['PUBLIC', 'PRIVATE', 'INTERNAL']),
  archived: z.boolean(),
  fork: z.boolean(),
  defaultBranch: z.string().nullable(),
  language: z.string().nullable(),
  topics: z.array(z.string()),
  createdAt: moment,
  updatedAt: moment,
  pushedAt: moment.nullable().describe('Null if nothing was ever pushed.'),
  /** Numbers in the tables and according to GitHub. */
  pullRequests: z.object({ stored: count, github: count }),
  /** Every pull request updated from `syncedFrom` to `syncedUntil` is in the tables. */
  syncedFrom: moment.nullable().describe('1970 stands for the beginning.'),
  syncedUntil: moment.nullable(),
  /** Set if the window excludes older pull requests. */
  newest: z.object({ stored: count, of: count }).nullable(),
  lastSyncedAt: moment.nullable(),
  gaps: z.array(gap),
})
type RepositoryView = z.infer<typeof repositorySchema>

export const repositoryList = z.object({
  repositories: z.array(repositorySchema),
  next: z.string().nullable().describe('Send it as `after` to get the next page.'),
})

type SyncTime = 'syncedFrom' | 'syncedUntil' | 'lastSyncedAt' | 'pushedAt'
type OwnTime = 'createdAt' | 'updatedAt'

/** The fields that the view takes unchanged, and those from which it derives the others. */
type RepositoryViewRow = Omit<
  RepositoryView,
  SyncTime | OwnTime | 'id' | 'pullRequests' | 'newest' | 'gaps'
> &
  Record<SyncTime, Date | null> &
  Record<OwnTime, Date> & { id: ReadableRepositoryId; stored: number; github: number }

interface RepositoryPage {
  installationId?: string
  /** The id of the last repository of the previous page. */
  after?: string
  limit: number
}

/** Returns the names of the repositories in scope, in alphabetical order. */
export async function readRepositoryNames(
  db: Queryable,
  scope: Scope,
  limit: number,
): Promise<string[]> {
  const { values, bind } = parametersOf([limit])
  const { rows } = await db.query<{ fullName: string }>(
    `select r.full_name from repository r where ${visible(scope, 'r')(bind)}
     order by lower(r.full_name), r.id limit $1`,
    values,
  )
  return rows.map(({ fullName }) => fullName)
}

/** Until when the copy of a repository is complete. */
export interface CopiedUntil {
  /** `owner/name`. */
  repository: string
  /** Null if it never was. */
  syncedUntil: Date | null
}

/** Returns how fresh the copies of these repositories are; none for those out of scope. */
export async function readCopiedUntil(
  db: Queryable,
  scope: Scope,
  names: string[],
): Promise<CopiedUntil[]> {
  const { values, bind } = parametersOf([names.map((name) => name.toLowerCase())])
  const { rows } = await db.query<CopiedUntil>(
    `select r.full_name as repository, r.synced_until from repository r
     where lower(r.full_name) = any($1::text[]) and ${visible(scope, 'r')(bind)} order by r.full_name`,
    values,
  )
  return rows
}

/** Returns a page of the repositories in scope, by id; `next` is the `after` of the next page, or null. */
export async function readRepositories(
  db: Queryable,
  scope: Scope,
  { installationId, after, limit }: RepositoryPage,
): Promise<z.infer<typeof repositoryList>> {
  const { values, bind } = parametersOf([installationId ?? null, after ?? 0, limit + 1])
  const { rows } = await db.query<RepositoryViewRow>(
    `select r.id, r.installation_id as installation, r.full_name, r.description, r.url, r.visibility,
       r.is_archived as archived, r.is_fork as fork, r.default_branch, r.language, r.topics,
       r.created_at, r.updated_at, r.pushed_at,
       count.stored, r.pull_requests as github, r.synced_from, r.synced_until, r.last_synced_at
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

function describeRepository(
  { stored, github, syncedFrom, syncedUntil, lastSyncedAt, ...row }: RepositoryViewRow,
  gaps: GapView[],
): RepositoryView {
  const isLimited = syncedFrom !== null && syncedFrom.getTime() > 0 && stored < github
  return {
    ...row,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    pushedAt: row.pushedAt?.toISOString() ?? null,
    pullRequests: { stored, github },
    syncedFrom: syncedFrom?.toISOString() ?? null,
    syncedUntil: syncedUntil?.toISOString() ?? null,
    newest: isLimited ? { stored, of: github } : null,
    lastSyncedAt: lastSyncedAt?.toISOString() ?? null,
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
