/**
 * Notes what leads from the commits of the default branch to pull requests: heads, patch ids and messages. Each
 * part is a transaction, and another call continues after the last one.
 */

import { MOST_PATCHES, type Patch } from '#app/code/git/patch-ids.ts'
import type { Clone } from '#app/code/git/read-clone.ts'
import type { HistoryPart, PullHead } from '#app/code/git/read-history.ts'
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

/** Heads that are compared with those noted by one statement. */
const HEADS = 5_000

export interface MappedRepository {
  repositoryId: string
  /** `owner/name`. */
  fullName: string
}

/** Brings the history of the default branch and the heads of pull requests up to date with the clone. */
export async function mapCommits(
  pool: Pool,
  clone: Clone,
  { repositoryId, fullName }: MappedRepository,
): Promise<void> {
  const tip = await clone.defaultTip()
  await mapHeads(pool, clone, { repositoryId, tip })
  let history = await openHistory(pool, clone, { repositoryId, tip })
  if (!history) return
  const { oid, length } = history
  const after = oid === null ? null : { oid, position: length }
  for await (const part of clone.history(tip, after)) {
    const mapped = { commits: await mapPart(clone, part, fullName), tip: part.tip }
    const from: NotedHistory = history
    if (!(await transaction(pool, (tx) => noteCommits(tx, from, mapped)))) return
    history = { id: from.id, oid: part.tip, length: lengthOf(mapped.commits) }
  }
  const whole = history
  await transaction(pool, (tx) => publishHistory(tx, whole))
}

interface Branch {
  repositoryId: string
  /** Commit of the default branch. */
  tip: string
}

/** Returns a history that the branch continues: one of which a part is noted, or a new one. */
async function openHistory(
  pool: Pool,
  clone: Clone,
  { repositoryId, tip }: Branch,
): Promise<NotedHistory | null> {
  for (const history of await readHistories(pool, repositoryId))
    if (history.oid === null || (await clone.continues(tip, history.oid))) return history
  return transaction(pool, (tx) => beginHistory(tx, repositoryId))
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

async function mapHeads(pool: Pool, clone: Clone, branch: Branch): Promise<void> {
  const heads = await clone.pullHeads()
  for (let at = 0; at < heads.length; at += HEADS) {
    const unknown = await newHeads(pool, branch.repositoryId, heads.slice(at, at + HEADS))
    for (let from = 0; from < unknown.length; from += MOST_PATCHES) {
      const some = unknown.slice(from, from + MOST_PATCHES)
      const patches = await readPatches(clone, some, branch.tip)
      const given = { heads: some, patches }
      if (!(await transaction(pool, (tx) => storeHeads(tx, branch.repositoryId, given)))) return
    }
  }
}

/** Returns the patches of pull requests whose head is not part of the branch. */
async function readPatches(clone: Clone, heads: PullHead[], tip: string): Promise<PullPatch[]> {
  const oids = [...new Set(heads.map(({ oid }) => oid))]
  const own = await clone.commitsOf(oids, tip)
  const apart = oids.filter((_, index) => own[index]?.isApart)
  const bases = await clone.mergeBases(apart.map((head) => ({ base: tip, head })))
  const wholes = await allPatchIds(
    clone,
    apart.map((oid, index) => ({ oid, base: bases[index] ?? null })).filter(({ base }) => base),
  )
  const singles = await allPatchIds(clone, distinct(own.flatMap(({ commits }) => commits)))
  return heads.flatMap(({ number, oid: head }) => {
    const ofCommits = own[oids.indexOf(head)]?.commits ?? []
    return [
      ...patchOf(number, head, wholes, true),
      ...ofCommits.flatMap(({ oid }) => patchOf(number, oid, singles, false)),
    ]
  })
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
