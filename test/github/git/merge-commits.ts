import {
  addCommit,
  type Code,
  changedPaths,
  commitOf,
  commitsBetween,
  filesOf,
  type GitCommit,
} from './code.ts'
import type { Entry, Files, Person } from './objects.ts'

export type MergeMethod = 'merge' | 'squash' | 'rebase'

export interface Merge {
  method: MergeMethod
  /** Commits of the branch that is merged into, and of the pull request. */
  onto: string
  head: string
  number: number
  title: string
  /** `owner:branch` of the pull request. */
  from: string
  author: Person
  /** Who merges, and when. */
  by: Person
}

const GITHUB = { name: 'GitHub', email: 'noreply@github.com' }

/**
 * Merges a pull request as GitHub does.
 *
 * @returns the new commit of the branch; null if both sides changed the same file.
 */
export function mergeCommits(code: Code, merge: Merge): GitCommit | null {
  const { onto, head, number, title, by } = merge
  const commits = commitsBetween(code, onto, head)
  const start = filesOf(code, commits[0]?.parents[0])
  const files = mergedFiles(start, filesOf(code, head), filesOf(code, onto))
  if (!files) return null
  const committer = { ...GITHUB, at: by.at }
  if (merge.method === 'merge')
    return addCommit(code, {
      ...{ files, parents: [onto, head], author: by, committer },
      message: `Merge pull request #${number} from ${merge.from}\n\n${title}`,
    })
  if (merge.method === 'rebase') return rebaseCommits(code, commits, onto, by)
  const list = commits.map(({ message }) => `* ${message}`).join('\n\n')
  const message = `${title} (#${number})${commits.length > 1 ? `\n\n${list}` : ''}`
  const author = { ...merge.author, at: by.at }
  return addCommit(code, { files, parents: [onto], author, committer, message })
}

/** Makes the commits anew on top of another one. @returns the last; null if they do not fit there. */
export function rebaseCommits(
  code: Code,
  commits: GitCommit[],
  onto: string,
  by: Person,
): GitCommit | null {
  let last = commitOf(code, onto)
  for (const { parents, files: own, author, message } of commits) {
    const files = mergedFiles(filesOf(code, parents[0]), own, last.files)
    if (!files) return null
    last = addCommit(code, { files, parents: [last.oid], author, committer: by, message })
  }
  return last
}

/** Brings the changes from `base` to `ours` to the files of `theirs`; null if both changed one of them. */
function mergedFiles(base: Files, ours: Files, theirs: Files): Map<string, Entry> | null {
  const merged = new Map(theirs)
  const changedThere = new Set(changedPaths(base, theirs))
  for (const path of changedPaths(base, ours)) {
    const entry = ours.get(path)
    if (changedThere.has(path) && theirs.get(path)?.oid !== entry?.oid) return null
    if (entry) merged.set(path, entry)
    else merged.delete(path)
  }
  return merged
}
