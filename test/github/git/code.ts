/** The code of a repository: its commits and branches, kept in memory as git has them. */
import { diffLines, type Step } from './diff-lines.ts'
import {
  type CommitText,
  type Entry,
  type Files,
  type GitObject,
  makeCommit,
  makeObject,
  makeTrees,
} from './objects.ts'

export interface GitCommit extends Omit<CommitText, 'tree'> {
  oid: string
  files: Files
}

export interface Code {
  objects: Map<string, GitObject>
  commits: Map<string, GitCommit>
  /** Commit by full name of the ref, such as `refs/heads/main`. */
  refs: Map<string, string>
}

/** A file's content, or a whole entry of a tree. */
export type GivenFile = string | Buffer | { mode: Entry['mode']; content: string | Buffer }

/** New files by path; null deletes one. */
export type GivenFiles = Record<string, GivenFile | null>

export interface FileChange {
  path: string
  additions: number
  deletions: number
}

export function makeCode(): Code {
  return { objects: new Map(), commits: new Map(), refs: new Map() }
}

export function commitOf(code: Code, oid: string): GitCommit {
  const commit = code.commits.get(oid)
  if (commit) return commit
  throw new Error(`There is no commit ${oid}`)
}

/** Returns the files of a commit; none before the first one. */
export function filesOf(code: Code, oid: string | undefined): Files {
  return oid === undefined ? new Map() : commitOf(code, oid).files
}

/** Returns the commit of a branch. */
export function tipOf(code: Code, branch: string): GitCommit | null {
  const oid = code.refs.get(`refs/heads/${branch}`)
  return oid === undefined ? null : commitOf(code, oid)
}

/** Stores a commit, to which no ref leads yet. */
export function addCommit(code: Code, commit: Omit<GitCommit, 'oid'>): GitCommit {
  const trees = makeTrees(commit.files)
  const tree = (trees.at(-1) as GitObject).oid
  const made = makeCommit({ ...commit, tree })
  for (const object of [...trees, made]) code.objects.set(object.oid, object)
  const kept = { ...commit, oid: made.oid }
  code.commits.set(made.oid, kept)
  return kept
}

/** Returns the files after a change. */
export function changeFiles(code: Code, before: Files, changes: GivenFiles): Map<string, Entry> {
  const files = new Map(before)
  for (const [path, given] of Object.entries(changes)) {
    if (given === null) files.delete(path)
    else files.set(path, entryOf(code, given))
  }
  return files
}

function entryOf(code: Code, given: GivenFile): Entry {
  const isWhole = typeof given === 'object' && 'mode' in given
  const { mode, content } = isWhole ? given : { mode: '100644' as const, content: given }
  if (mode === '160000') return { mode, oid: String(content) }
  const blob = makeObject('blob', Buffer.from(content as string))
  code.objects.set(blob.oid, blob)
  return { mode, oid: blob.oid }
}

/** Returns the text of a file; null if there is none at this path. */
export function readText(code: Code, files: Files, path: string): string | null {
  const entry = files.get(path)
  return (entry && code.objects.get(entry.oid)?.body.toString()) ?? null
}

/** Returns the paths with other content, in order. */
export function changedPaths(before: Files, after: Files): string[] {
  const paths = new Set([...before.keys(), ...after.keys()])
  const isChanged = (path: string) => {
    const [old, now] = [before.get(path), after.get(path)]
    return old?.oid !== now?.oid || old?.mode !== now?.mode
  }
  return [...paths].filter(isChanged).sort()
}

/** Returns the changed files with their sizes in lines. */
export function changesBetween(code: Code, before: Files, after: Files): FileChange[] {
  return changedPaths(before, after).map((path) => {
    const steps = diffOf(code, before, after, path)
    const count = (sign: Step['sign']) => steps.filter((one) => one.sign === sign).length
    return { path, additions: count('+'), deletions: count('-') }
  })
}

/** Returns how the lines of one file change. */
export function diffOf(code: Code, before: Files, after: Files, path: string): Step[] {
  return diffLines(readText(code, before, path) ?? '', readText(code, after, path) ?? '')
}

/** Returns a commit and everything before it. */
export function historyOf(code: Code, oid: string): Set<string> {
  const seen = new Set<string>()
  const waiting = [oid]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    waiting.push(...(code.commits.get(next)?.parents ?? []))
  }
  return seen
}

/** Returns the commits of `to` that `from` does not have, oldest first, along first parents. */
export function commitsBetween(code: Code, from: string, to: string): GitCommit[] {
  const known = historyOf(code, from)
  const found: GitCommit[] = []
  for (let oid: string | undefined = to; oid !== undefined && !known.has(oid); ) {
    const commit = commitOf(code, oid)
    found.unshift(commit)
    oid = commit.parents[0]
  }
  return found
}
