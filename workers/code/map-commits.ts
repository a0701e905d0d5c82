/**
 * Notes what leads from the commits of the default branch to pull requests: heads, patch ids and messages. Each
 * part is a transaction, and another call continues after the last one.
 */

import { isAwaited, readIngest } from '#app/code/generations/read-ingest.ts'
import { MOST_PATCHES, type Patch } from '#app/code/git/patch-ids.ts'
import type { Clone } from '#app/code/git/read-clone.ts'
import type { HistoryPart, PullCommits, PullHead } from '#app/code/git/read-history.ts'
import { messageNumbers } from '#app/code/history/message-numbers.ts'
import { newHeads, type PullPatch, storeHeads } from '#app/code/history/store-heads.ts'
import {
  beginHistory,
  type MappedCommit,
  type NotedHistory,
  noteCommits,
  publishHistory,
  readHistories,
} from '#app/code/history/store-history.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import type { NewItem } from '#app/ledger/work-items.ts'
import type { Settlement } from '../handlers.ts'
import { type CodeDeps, withClone } from './context.ts'

/** The item that follows when the code can be searched. */
export const MAP: NewItem = {
  place: 'github_code/embedding',
  key: 'map',
  payload: { kind: 'map' },
}

/** Heads that are compared with those noted by one statement. */
const HEADS = 5_000
/** Heads of a part. */
const HEADS_OF_PART = 200

/** Maps the commits of what was ingested. The next job of the ref, if it waits, does the rest. */
export async function mapIngested(
  deps: Omit<CodeDeps, 'preparer'>,
  runId: string,
  signal: AbortSignal,
): Promise<Settlement> {
  const { pool } = deps
  const ingest = await readIngest(pool, runId)
  const { repositoryId, fullName } = ingest
  if (repositoryId) {
    const options = { signal, has: ingest.oid ?? ingest.currentOid, isShared: true }
    await withClone(deps, ingest, options, (clone) =>
      mapCommits(pool, clone, { repositoryId, fullName, isAwaited: () => isAwaited(pool, runId) }),
    )
  }
  return async () => [{ state: 'done' }]
}

export interface MappedRepository {
  repositoryId: string
  /** `owner/name`. */
  fullName: string
  /** Tells, after each part, if the rest is left to another call. */
  isAwaited?: (() => Promise<boolean>) | undefined
}

/** Brings the history of the default branch and the heads of pull requests up to date with the clone. */
export async function mapCommits(
  pool: Pool,
  clone: Clone,
  { repositoryId, fullName, isAwaited = async () => false }: MappedRepository,
): Promise<void> {
  const { tip, pulls } = await clone.heads()
  if (tip === null) return
  for await (const isStored of mapHeads(pool, clone, { repositoryId, tip, pulls }))
    if (!isStored || (await isAwaited())) return
  const opened = await openHistory(pool, clone, { repositoryId, tip })
  if (!opened) return
  const { chain } = opened
  let { history } = opened
  const { oid: previous, length: position } = history
  for await (const part of clone.history({ chain, previous, position })) {
    const mapped = { commits: await mapPart(clone, part, fullName), tip: part.tip }
    const from = history
    if (!(await transaction(pool, (tx) => noteCommits(tx, from, mapped)))) return
    history = { id: from.id, oid: part.tip, length: lengthOf(mapped.commits) }
    if (part.tip !== tip && (await isAwaited())) return
  }
  const whole = history
  await transaction(pool, (tx) => publishHistory(tx, whole))
}

interface Branch {
  repositoryId: string
  /** Commit of the default branch. */
  tip: string
}

/**
 * Returns a history that the branch continues, and the chain of commits that it lacks: one of which a part is
 * noted, or a new one.
 */
async function openHistory(
  pool: Pool,
  clone: Clone,
  { repositoryId, tip }: Branch,
): Promise<{ history: NotedHistory; chain: string[] } | null> {
  for (const history of await readHistories(pool, repositoryId)) {
    const chain = await clone.chain(tip, history.oid)
    if (chain) return { history, chain }
  }
  const chain = await clone.chain(tip, null)
  const history = await transaction(pool, (tx) => beginHistory(tx, repositoryId))
  return history && chain && { history, chain }
}

function lengthOf(commits: MappedCommit[]): number {
  return commits.reduce((most, { position }) => Math.max(most, position), 0)
}

async function mapPart(
  clone: Clone,
  { commits }: HistoryPart,
  fullName: string,
): Promise<MappedCommit[]> {
  const onChain = commits.filter(({ oid, mergeOid }) => oid === mergeOid)
  const ids = await allPatchIds(
    clone,
    onChain
      .filter(({ parents }) => parents.length < 2)
      .map(({ oid, parents }) => ({ oid, base: parents[0] ?? null })),
  )
  return commits.map(({ oid, mergeOid, position, committedAt, message }) => ({
    ...{ oid, mergeOid, position, committedAt },
    numbers: messageNumbers(message, fullName),
    patchId: ids.get(oid) ?? null,
  }))
}

async function allPatchIds(clone: Clone, patches: Patch[]): Promise<Map<string, string>> {
  const all = new Map<string, string>()
  for (let at = 0; at < patches.length; at += MOST_PATCHES)
    for (const [oid, id] of await clone.patchIds(patches.slice(at, at + MOST_PATCHES)))
      all.set(oid, id)
  return all
}

/** Notes the heads that are new, part by part. Yields false where the repository is being erased. */
async function* mapHeads(
  pool: Pool,
  clone: Clone,
  { pulls, ...branch }: Branch & { pulls: PullHead[] },
): AsyncGenerator<boolean> {
  for (let at = 0; at < pulls.length; at += HEADS) {
    const unknown = await newHeads(pool, branch.repositoryId, pulls.slice(at, at + HEADS))
    for (let from = 0; from < unknown.length; from += HEADS_OF_PART) {
      const heads = unknown.slice(from, from + HEADS_OF_PART)
      const given = { heads, patches: await readPatches(clone, heads, branch.tip) }
      yield await transaction(pool, (tx) => storeHeads(tx, branch.repositoryId, given))
    }
  }
}

/** Returns the patches of pull requests whose head is not part of the branch. */
async function readPatches(clone: Clone, heads: PullHead[], tip: string): Promise<PullPatch[]> {
  const oids = [...new Set(heads.map(({ oid }) => oid))]
  const own = await clone.commitsOf(oids, tip)
  const singles = await allPatchIds(clone, distinct(own.flatMap(({ commits }) => commits)))
  const wholes = await allPatchIds(clone, await wholesOf(clone, oids, own, tip))
  return heads.flatMap(({ number, oid: head }) => {
    const ofCommits = own[oids.indexOf(head)]?.commits ?? []
    return [
      ...patchOf(number, head, wholes, true),
      ...ofCommits.flatMap(({ oid }) => patchOf(number, oid, singles, false)),
    ]
  })
}

/** Returns the changes of whole pull requests. One of a single commit has no other change than that. */
async function wholesOf(
  clone: Clone,
  oids: string[],
  own: PullCommits[],
  tip: string,
): Promise<Patch[]> {
  const apart = oids.flatMap((oid, index) => {
    const { isApart = false, base = null, commits = [] } = own[index] ?? {}
    return isApart && !(base !== null && commits.length === 1) ? [{ oid, base }] : []
  })
  const unsure = apart.filter(({ base }) => base === null)
  const bases = await clone.mergeBases(unsure.map(({ oid: head }) => ({ base: tip, head })))
  for (const [index, patch] of unsure.entries()) patch.base = bases[index] ?? null
  return apart.filter(({ base }) => base !== null)
}

function patchOf(
  number: number,
  oid: string,
  ids: Map<string, string>,
  isWhole: boolean,
): PullPatch[] {
  const patchId = ids.get(oid)
  return patchId ? [{ number, oid, isWhole, patchId }] : []
}

/** Several pull requests may have a commit. */
function distinct(commits: { oid: string; parent: string | null }[]): Patch[] {
  const byOid = new Map(commits.map(({ oid, parent }) => [oid, { oid, base: parent }]))
  return [...byOid.values()]
}
