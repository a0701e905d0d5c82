import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { embeddingWeight } from '#app/embeddings/providers/weight.ts'
import { runRequest } from '#app/ledger/requests.ts'
import type { ClaimedItem, NewItem, Outcome } from '#app/ledger/work-items.ts'
import { ranked } from '#app/queues/stages.ts'
import { checksItem, hasDueChecks } from '#app/sync/checks/due-checks.ts'
import { type RepositoryRecord, readRawRecords } from '#app/sync/records/raw-records.ts'
import { readRanks } from '#app/sync/settings/repository-priorities.ts'
import {
  claimRecords,
  passagesOfRepository,
  readStoredRepositories,
  rowOfRepository,
  type StoredRepository,
  showRepositories,
  writeRepositories,
  writeRepositoryPassages,
} from '#app/sync/tables/repositories.ts'
import { closeGaps, type Gap, noteGaps } from '#app/sync/window/gaps.ts'
import { planRepositorySyncs } from '#app/sync/window/plan-repository-syncs.ts'
import type { Settlement } from '../handlers.ts'

type RepositoryItem = ClaimedItem<'github_repositories/transform'>

interface FoundRepository {
  item: RepositoryItem
  record: { id: string; body: RepositoryRecord; readAt: Date }
}

/** A record with the repository that was stored from it. */
interface StoredRecord extends FoundRepository {
  repository: StoredRepository
}

/** Writes repositories and plans what is read of each; see `plan-readings.ts`. */
export async function transformRepositories(
  pool: Pool,
  items: RepositoryItem[],
): Promise<Settlement> {
  const records = new Map(
    (
      await readRawRecords(
        pool,
        items.map((item) => item.payload.recordId),
      )
    ).map((record) => [record.id, record]),
  )
  const found = items.flatMap((item): FoundRepository[] => {
    const record = records.get(item.payload.recordId)
    return record?.kind === 'repository' ? [{ item, record }] : []
  })
  return async (tx) => {
    const outcomes = found.length === 0 ? new Map() : await settleRepositories(tx, found)
    return items.map((item) => outcomes.get(item.id) ?? { state: 'done' })
  }
}

async function settleRepositories(
  tx: Queryable,
  found: FoundRepository[],
): Promise<Map<string, Outcome>> {
  const rows = found.map(({ item, record }) =>
    rowOfRepository(record.body, {
      installationId: item.installationId,
      readAt: record.readAt.toISOString(),
    }),
  )
  const renamed = await writeRepositories(tx, rows)
  await showRepositories(tx, found[0]?.item.runId as string, rows)
  const stored = await readStoredRepositories(
    tx,
    found.map(({ record }) => record.body.repository.id),
  )
  const outcomes = new Map<string, Outcome>()
  const mine: StoredRecord[] = []
  for (const one of found) {
    const repository = stored.get(one.record.body.repository.id)
    const isMine = repository?.installationId === one.item.installationId
    if (repository?.erasing) outcomes.set(one.item.id, refuseErasing(repository.fullName))
    else if (isMine && repository.hiddenReason !== null)
      outcomes.set(one.item.id, refuseHidden(repository))
    else if (isMine) mine.push({ ...one, repository })
    else outcomes.set(one.item.id, await refuseItem(tx, one, repository))
  }
  await claimRecords(
    tx,
    mine.map(({ record, repository }) => ({ id: record.id, repositoryId: repository.id })),
  )
  const embeddings = await embedRepositories(tx, mine)
  const repositorySyncs = await readOn(tx, mine, renamed)
  for (const { item } of mine) {
    const outcome = repositorySyncs.get(item.id) as RecordRead
    const followUps = [...(embeddings.get(item.id) ?? []), ...outcome.items]
    outcomes.set(
      item.id,
      outcome.gap
        ? { state: 'gap', subject: outcome.gap.name, message: outcome.gap.reason, followUps }
        : { state: 'done', followUps },
    )
  }
  return outcomes
}

function refuseErasing(name: string): Outcome {
  const message = `The earlier copy of ${name} is being erased; the next sync reads it from the beginning`
  return { state: 'gap', subject: name, message }
}

/** GitHub returns it, as it does every public repository, but it has left the installation. */
function refuseHidden({ fullName, hiddenReason }: StoredRepository): Outcome {
  return { state: 'gap', subject: fullName, message: `${fullName} is ${hiddenReason}` }
}

/**
 * Rejects a repository of another installation. Two installations never share one, because it would be
 * unclear which of them decides who may see it.
 */
async function refuseItem(
  tx: Queryable,
  { record }: FoundRepository,
  repository: StoredRepository | undefined,
): Promise<Outcome> {
  const name = record.body.repository.nameWithOwner
  const { rows } = await tx.query<{ account: string }>(
    'select account from installation where id = $1',
    [repository?.installationId ?? null],
  )
  const holder = rows[0]?.account ?? repository?.installationId
  const message = `${name} already belongs to installation ${holder}`
  return { state: 'gap', subject: name, message }
}

async function embedRepositories(
  tx: Queryable,
  mine: StoredRecord[],
): Promise<Map<string, NewItem[]>> {
  const passages = mine.map(({ record, repository }) =>
    passagesOfRepository(record.body, {
      repositoryId: repository.id,
      readAt: record.readAt.toISOString(),
    }),
  )
  const changed = await writeRepositoryPassages(tx, passages.flat())
  return new Map(
    mine.map(({ item, repository }, index) => {
      if (!changed.has(repository.nodeId)) return [item.id, []]
      return [
        item.id,
        [
          {
            place: 'github_repositories/embedding',
            key: `repository:${repository.id}`,
            payload: { repositoryId: repository.id },
            weight: recordWeight(passages[index] ?? []),
          },
        ],
      ]
    }),
  )
}

function recordWeight(passages: { tokens: number }[]): number {
  const tokens = passages.reduce((sum, passage) => sum + passage.tokens, 0)
  return embeddingWeight(passages.length, tokens)
}

interface RecordRead {
  items: NewItem[]
  gap: Gap | null
}

/** Plans what is read of each repository. Those whose pull requests GitHub withholds become gaps. */
async function readOn(
  tx: Queryable,
  mine: StoredRecord[],
  renamed: Set<string>,
): Promise<Map<string, RecordRead>> {
  const [first] = mine
  if (!first) return new Map()
  const gaps = new Map(mine.map((one) => [one, gapOf(one)]))
  await noteGaps(
    tx,
    first.item.runId,
    [...gaps.values()].flatMap((gap) => gap ?? []),
  )
  const complete = mine.filter((one) => !gaps.get(one))
  await closeGaps(
    tx,
    'repository',
    complete.map((one) => one.repository.nodeId),
  )
  const { rows } = await tx.query<{ mode: string; request: unknown }>(
    'select mode, request from run where id = $1',
    [first.item.runId],
  )
  // A targeted run reads the repository itself; its pull requests have items of their own.
  if (rows[0]?.mode === 'targeted')
    return new Map(mine.map((one) => [one.item.id, { items: [], gap: gaps.get(one) ?? null }]))
  const planned = await planRepositorySyncs(
    tx,
    first.item.runId,
    runRequest.parse(rows[0]?.request),
    complete.map(({ repository, record }) => ({
      repository,
      isRenamed: renamed.has(repository.nodeId),
      probe: record.body.repository,
      at: new Date(record.body.at),
    })),
  )
  const rankOf = await readRanks(tx, first.item.installationId)
  const items = new Map<StoredRecord, NewItem[]>(
    complete.map((one, index) => {
      const rank = rankOf(one.repository.fullName)
      const own = planned[index] ?? []
      const priority = ranked(one.item.priority, rank)
      return [one, own.map((item) => ({ priority, ...item }))]
    }),
  )
  // What an earlier run could not read of the checks: below the reserve of the budget, or cancelled.
  const hasDue = await hasDueChecks(
    tx,
    complete.map((one) => one.repository.id),
  )
  if (hasDue) items.set(first, [...(items.get(first) ?? []), checksItem('earlier')])
  return new Map(
    mine.map((one) => [one.item.id, { items: items.get(one) ?? [], gap: gaps.get(one) ?? null }]),
  )
}

function gapOf({ repository, record }: StoredRecord): Gap | null {
  const { pullRequests, nameWithOwner: name } = record.body.repository
  const gap = {
    repositoryId: repository.id,
    kind: 'repository',
    nodeId: repository.nodeId,
  } as const
  if (!pullRequests)
    return {
      ...gap,
      name,
      reason: `GitHub withholds the pull requests of ${name}: the permission to read "Pull requests" is missing, or pull requests are disabled`,
    }
  if (pullRequests.totalCount === 0 && repository.stored > 0)
    return {
      ...gap,
      name,
      reason: `GitHub returned no pull requests, but ${repository.stored} are stored`,
    }
  return null
}
