import { type Blob, readBlobs } from './blobs.ts'
import { type Change, type ListedChange, listChanges, mergeBases } from './list-changes.ts'
import { type Patch, patchIds } from './patch-ids.ts'
import {
  type Chain,
  type ClonedHeads,
  type HistoryPart,
  type PullCommits,
  readChain,
  readCommitsOf,
  readHeads,
  readHistory,
} from './read-history.ts'
import { type ChangedPath, readChanges, readTree, type TreeEntry } from './read-trees.ts'
import {
  isCommit,
  type ResolvedCommit,
  resolveCommit,
  type WantedCommit,
} from './resolve-commit.ts'

export type Clone = {
  /** @throws CloneError `unknown branch`, `unknown commit`, `not a commit` or `empty repository`. */
  resolve(wanted: WantedCommit): Promise<ResolvedCommit>
  hasCommit(oid: string): Promise<boolean>
  /**
   * Returns the files, symlinks and submodules of a commit, ordered by the bytes of their paths.
   *
   * @throws CloneError `tree too large` past the limits of entries and of a path's length.
   */
  tree(oid: string): AsyncGenerator<TreeEntry>
  /** Returns the paths that differ between two commits. A rename is a deletion and an addition. */
  changes(from: string, to: string): AsyncGenerator<ChangedPath>
  /** See `listChanges`. */
  listChanges(changes: Change[]): Promise<(ListedChange | null)[]>
  /** See `readHeads`. */
  heads(): Promise<ClonedHeads>
  /** See `readChain`. */
  chain(tip: string, start: string | null): Promise<string[] | null>
  /** See `readHistory`. */
  history(chain: Chain): AsyncGenerator<HistoryPart>
  /** See `readCommitsOf`. */
  commitsOf(heads: string[], tip: string): Promise<PullCommits[]>
  /** Returns the best common ancestor of each pair; null if there is none. */
  mergeBases(pairs: Change[]): Promise<(string | null)[]>
  /** See `patchIds`. */
  patchIds(patches: Patch[]): Promise<Map<string, string>>
  /** Returns blobs in the given order. @throws CloneError `broken` for one that is missing. */
  blobs(oids: AsyncIterable<string> | Iterable<string>): AsyncGenerator<Blob>
}

export type ReadLimits = {
  /** Files and folders of one tree. */
  treeEntries: number
  /** Bytes of a blob. */
  blobBytes: number
}

/** Opens a clone for reading; the commands end with the signal. */
export function readClone(folder: string, limits: ReadLimits, signal: AbortSignal): Clone {
  const opened = { folder, signal, ...limits }
  return {
    resolve: (wanted) => resolveCommit(opened, wanted),
    hasCommit: (oid) => isCommit(opened, oid),
    tree: (oid) => readTree(opened, oid),
    changes: (from, to) => readChanges(opened, from, to),
    listChanges: (changes) => listChanges(opened, changes),
    heads: () => readHeads(opened),
    chain: (tip, start) => readChain(opened, tip, start),
    history: (chain) => readHistory(opened, chain),
    commitsOf: (heads, tip) => readCommitsOf(opened, heads, tip),
    mergeBases: (pairs) => mergeBases(opened, pairs),
    patchIds: (patches) => patchIds(opened, patches),
    blobs: (oids) => readBlobs(opened, oids),
  }
}
