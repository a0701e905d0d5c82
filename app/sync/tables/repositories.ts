import { columnsOf, type RowOf } from '#app/database/columns.ts'
import { defineTable } from '#app/database/define-table.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import {
  isActiveInstallation,
  notDeleted,
  notErasing,
  notHidden,
} from '#app/database/predicates.ts'
import { latestOf, type Stamped, upsert } from '#app/database/upsert.ts'
import { forgetPassages } from '#app/search/write/forget-passages.ts'
import { indexPassages, type PassageRow, passagesOf } from '#app/search/write/index-passages.ts'
import type { RepositoryRecord } from '../records/raw-records.ts'
import { DELETED, NOT_GRANTED, TRANSFERRED } from '../window/known-repositories.ts'

// A repository belongs to one installation. An App installation takes a repository over from a token, and any
// installation may claim one that its owner can no longer read.
const MAY_CLAIM = `${notErasing('repository')} and (repository.installation_id = excluded.installation_id
  or not ${notHidden('repository')} or exists (
    select from installation mine, installation other
    where mine.id = excluded.installation_id and other.id = repository.installation_id
      and (not ${isActiveInstallation('other')} or (mine.kind = 'app' and other.kind = 'token'))))`

export const repositories = defineTable({
  name: 'repository',
  key: ['nodeId'],
  columns: {
    installationId: 'bigint',
    nodeId: 'text',
    databaseId: 'bigint?',
    name: 'text',
    fullName: 'text',
    description: 'text?',
    url: 'text',
    visibility: 'text',
    isArchived: 'boolean',
    isFork: 'boolean',
    defaultBranch: 'text?',
    language: 'text?',
    topics: 'text[]',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
    pushedAt: 'timestamptz?',
    pullRequests: 'int?',
    readAt: 'timestamptz',
  },
  own: {
    id: 'bigint',
    hiddenAt: 'timestamptz?',
    hiddenReason: 'text?',
    listedIn: 'bigint?',
    notFound: 'smallint',
    syncedFrom: 'timestamptz?',
    syncedUntil: 'timestamptz?',
    oldestCursor: 'text?',
    lastSyncedAt: 'timestamptz?',
    widthCeiling: 'smallint?',
    erasingAt: 'timestamptz?',
  },
  upsert: {
    // If GitHub withholds the number of pull requests, or REST did not name the repository, the stored
    // number stays.
    values: {
      databaseId: `coalesce(n.database_id,
  (select r.database_id from repository r where r.node_id = n.node_id))`,
      pullRequests: `coalesce(n.pull_requests,
  (select r.pull_requests from repository r where r.node_id = n.node_id), 0)`,
    },
    where: MAY_CLAIM,
  },
})

export type SyncedRepositoryRow = RowOf<typeof repositories.columns>

/** A repository as it is stored. */
export interface StoredRepository {
  id: string
  nodeId: string
  installationId: string
  fullName: string
  syncedFrom: Date | null
  syncedUntil: Date | null
  oldestCursor: string | null
  widthCeiling: number | null
  /** True if its copy is being erased, so that nothing may be written to it. */
  erasing: boolean
  /** Why nobody may read it; null if somebody may. */
  hiddenReason: string | null
  /** Number of its pull requests in the tables. */
  stored: number
}

export function rowOfRepository(
  { repository, databaseId, topics }: RepositoryRecord,
  origin: Stamped & { installationId: string },
): SyncedRepositoryRow {
  return {
    ...origin,
    nodeId: repository.id,
    databaseId: databaseId ?? null,
    name: repository.name,
    fullName: repository.nameWithOwner,
    description: repository.description ?? null,
    url: repository.url,
    visibility: repository.visibility,
    isArchived: repository.isArchived,
    isFork: repository.isFork,
    defaultBranch: repository.defaultBranchRef?.name ?? null,
    language: repository.primaryLanguage?.name ?? null,
    topics: topics ?? [],
    createdAt: repository.createdAt,
    updatedAt: repository.updatedAt,
    pushedAt: repository.pushedAt ?? null,
    pullRequests: repository.pullRequests?.totalCount ?? null,
  }
}

/**
 * Writes repositories, except those that another installation keeps.
 *
 * @returns the node ids of renamed repositories.
 */
export async function writeRepositories(
  tx: Queryable,
  rows: SyncedRepositoryRow[],
): Promise<Set<string>> {
  const { rows: renamed } = await tx.query<{ nodeId: string }>(
    `select r.node_id from unnest($1::text[], $2::text[]) n (node_id, full_name)
       join repository r on r.node_id = n.node_id and r.full_name <> n.full_name`,
    columnsOf(latestOf(rows, repositories.key), { nodeId: 'text', fullName: 'text' }),
  )
  await upsert(tx, repositories, rows)
  return new Set(renamed.map((row) => row.nodeId))
}

/**
 * Shows repositories again that were hidden before GitHub returned them, and notes of these and of new ones which run
 * found them. A public one is returned to everybody: after it left the installation, only a list of the run that has
 * it counts.
 */
export async function showRepositories(
  tx: Queryable,
  runId: string,
  rows: SyncedRepositoryRow[],
): Promise<void> {
  await tx.query(
    `update repository r set hidden_at = null, hidden_reason = null, not_found = 0,
       listed_in = greatest(r.listed_in, $4::bigint)
     from unnest($1::bigint[], $2::text[], $3::timestamptz[]) n (installation_id, node_id, read_at)
     where r.node_id = n.node_id and r.installation_id = n.installation_id and r.read_at <= n.read_at
       and ${notErasing('r')} and (not ${notHidden('r')} or r.not_found > 0 or r.listed_in is null)
       and (r.hidden_reason is null or r.hidden_reason <> all($5::text[]) or r.listed_in = $4
         or exists (select from installation i where i.id = r.installation_id and i.kind = 'token'))`,
    [
      ...columnsOf(rows, { installationId: 'bigint', nodeId: 'text', readAt: 'timestamptz' }),
      ...[runId, [NOT_GRANTED, DELETED, TRANSFERRED]],
    ],
  )
}

/** Returns stored repositories by node id, regardless of their installation. */
export async function readStoredRepositories(
  tx: Queryable,
  nodeIds: string[],
): Promise<Map<string, StoredRepository>> {
  const { rows } = await tx.query<StoredRepository>(
    `select r.id, r.node_id, r.installation_id,
       r.full_name, r.synced_from, r.synced_until,
       r.oldest_cursor, r.width_ceiling, not ${notErasing('r')} as erasing, r.hidden_reason,
       (select count(*)::int from pull_request p
         where p.repository_id = r.id and ${notDeleted('p')}) as stored
     from repository r where r.node_id = any($1::text[])`,
    [nodeIds],
  )
  return new Map(rows.map((row) => [row.nodeId, row]))
}

/** Returns the passages that make a repository searchable: its name, description, topics and language. */
export function passagesOfRepository(
  { repository, topics }: RepositoryRecord,
  origin: Stamped & { repositoryId: string },
): PassageRow[] {
  const parts = [
    repository.nameWithOwner,
    repository.description,
    (topics ?? []).join(', '),
    repository.primaryLanguage?.name,
  ]
  return passagesOf(
    {
      kind: 'repository',
      sourceId: repository.id,
      text: parts.filter(Boolean).join('\n\n'),
      authorId: null,
      url: repository.url,
      createdAt: repository.createdAt,
    },
    { ...origin, pullRequest: null },
  )
}

/**
 * Writes the passages of repositories and deletes surplus parts of an earlier, longer text.
 *
 * @returns the node ids of repositories whose text changed.
 */
export async function writeRepositoryPassages(
  tx: Queryable,
  passages: PassageRow[],
): Promise<Set<string>> {
  const changed = await indexPassages(tx, passages, new Map())
  const forgotten = await forgetPassages(
    tx,
    `using unnest($1::bigint[], $2::timestamptz[]) w (id, stamp)
     where x.repository_id = w.id and x.pull_request_id is null and x.read_at < w.stamp`,
    [passages.map((row) => row.repositoryId), passages.map((row) => row.readAt)],
  )
  return new Set([...changed, ...forgotten.map(({ sourceId }) => sourceId)])
}

/**
 * Returns which of these repositories are stored and not being erased, and keeps their rows until the
 * transaction ends.
 */
export async function holdRepositories(tx: Queryable, ids: string[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ id: string }>(
    `select id from repository where id = any($1::bigint[]) and ${notErasing('repository')}
     order by id for key share`,
    [ids],
  )
  return new Set(rows.map((row) => row.id))
}

/** Links raw records to the repositories that they describe. */
export async function claimRecords(
  tx: Queryable,
  records: { id: string; repositoryId: string }[],
): Promise<void> {
  await tx.query(
    `update raw_record r set repository_id = n.repository_id
     from unnest($1::bigint[], $2::bigint[]) n (id, repository_id) where r.id = n.id`,
    columnsOf(records, { id: 'bigint', repositoryId: 'bigint' }),
  )
}
