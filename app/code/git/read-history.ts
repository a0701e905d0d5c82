/** Reads the history of a branch along its first parents. */
import { type Opened, resolveCommit } from './resolve-commit.ts'
import { readOutput, tryGit } from './run-git.ts'

/** A commit of a branch, and the one along its first parents that brought it in. */
export interface BroughtCommit {
  oid: string
  parents: string[]
  /** Its own oid if it is on the chain of first parents; otherwise the merge that reaches it first. */
  mergeOid: string
  /** Place of that one on the chain, from 1. */
  position: number
  committedAt: Date
  /** Empty for commits that a merge brought. */
  message: string
}

export interface HistoryPart {
  commits: BroughtCommit[]
  /** The last commit of the chain in this part. */
  tip: string
}

/** Commits of the chain in a part. */
const CHAIN = 500
/** Characters of a message. */
const LONGEST_MESSAGE = 20_000

/** Returns the commit of the default branch; see `resolveCommit`. */
export async function defaultTip(clone: Opened): Promise<string> {
  return (await resolveCommit(clone, { default: true })).oid
}

/** Tells if `tip` continues the chain of first parents that ended with `start`. */
export async function continues(clone: Opened, tip: string, start: string): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', start, tip]
  if ((await tryGit({ ...clone, args })).code !== 0) return false
  if (start === tip) return true
  const range = ['rev-list', '--first-parent', '--reverse', '--parents', tip, `^${start}`]
  for await (const line of linesOf(clone, range)) return line.split(' ')[1] === start
  return false
}

/**
 * Yields the commits of a branch in the order in which they came, part by part.
 *
 * @param after where to go on: a commit of the chain, and its place; null for the beginning.
 */
export async function* readHistory(
  clone: Opened,
  tip: string,
  after: { oid: string; position: number } | null,
): AsyncGenerator<HistoryPart> {
  const before = after ? [`^${after.oid}`] : []
  let previous = after?.oid ?? null
  let position = after?.position ?? 0
  let chain: string[] = []
  const take = async (): Promise<HistoryPart> => {
    const part = await readPart(clone, { chain, previous, position })
    position += chain.length
    previous = part.tip
    chain = []
    return part
  }
  const args = ['rev-list', '--first-parent', '--reverse', tip, ...before]
  for await (const oid of linesOf(clone, args)) {
    chain.push(oid)
    if (chain.length >= CHAIN) yield await take()
  }
  if (chain.length > 0) yield await take()
}

interface Chain {
  /** Consecutive commits along first parents. */
  chain: string[]
  /** The commit before them, and its place. */
  previous: string | null
  position: number
}

interface ReadCommit {
  parents: string[]
  committedAt: Date
  message: string
}

async function readPart(clone: Opened, { chain, previous, position }: Chain): Promise<HistoryPart> {
  const tip = chain.at(-1) as string
  const found = await readCommits(clone, [tip, ...(previous ? [`^${previous}`] : [])])
  const commits: BroughtCommit[] = []
  for (const [index, mergeOid] of chain.entries()) {
    const waiting = [mergeOid]
    for (let oid = waiting.pop(); oid !== undefined; oid = waiting.pop()) {
      const commit = found.get(oid)
      if (!commit) continue
      found.delete(oid)
      const message = oid === mergeOid ? commit.message : ''
      commits.push({ ...commit, oid, mergeOid, position: position + index + 1, message })
      waiting.push(...commit.parents)
    }
  }
  return { commits, tip }
}

async function readCommits(clone: Opened, range: string[]): Promise<Map<string, ReadCommit>> {
  const args = ['log', '-z', '--format=%H %P%n%ct%n%B', '--no-show-signature', ...range]
  const found = new Map<string, ReadCommit>()
  for await (const record of recordsOf(clone, args)) {
    const [oids = '', seconds = '', ...lines] = record.split('\n')
    const [oid = '', ...parents] = oids.split(' ').filter(Boolean)
    const message = lines.join('\n').slice(0, LONGEST_MESSAGE)
    found.set(oid, { parents, committedAt: new Date(Number(seconds) * 1000), message })
  }
  return found
}

/** The head of a pull request, as GitHub keeps it under `refs/pull`. */
export interface PullHead {
  number: number
  oid: string
}

/** Returns the heads of all pull requests of the clone. */
export async function readPullHeads(clone: Opened): Promise<PullHead[]> {
  const args = ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/pull/']
  const heads: PullHead[] = []
  for await (const line of linesOf(clone, args)) {
    const [, oid, number] = /^(\w+) refs\/pull\/(\d{1,9})\/head$/.exec(line) ?? []
    if (oid && number) heads.push({ number: Number(number), oid })
  }
  return heads
}

/** Commits of a pull request that are looked at one by one; GitHub rebases no more either. */
const MOST_COMMITS = 100
/** Commits of many pull requests that are read together. */
const MOST_TOGETHER = 50_000

/** What leads to the head of a pull request. */
export interface PullCommits {
  /** False if the branch has the head. */
  isApart: boolean
  /** Commits that the branch does not have, without merges; none where they are more than 100. */
  commits: { oid: string; parent: string | null }[]
}

/** Returns what leads to each head beside a branch. @param tip commit of the branch. */
export async function readCommitsOf(
  clone: Opened,
  heads: string[],
  tip: string,
): Promise<PullCommits[]> {
  const parents = new Map<string, string[]>()
  const most = `--max-count=${MOST_TOGETHER}`
  for await (const line of linesOf(clone, ['rev-list', '--parents', most, ...heads, `^${tip}`])) {
    const [oid = '', ...own] = line.split(' ')
    parents.set(oid, own)
  }
  return heads.map((head) => ({ isApart: parents.has(head), commits: ownCommits(parents, head) }))
}

function ownCommits(parents: Map<string, string[]>, head: string): PullCommits['commits'] {
  const seen = new Set<string>()
  const commits: PullCommits['commits'] = []
  const waiting = [head]
  for (let oid = waiting.pop(); oid !== undefined; oid = waiting.pop()) {
    const own = parents.get(oid)
    if (!own || seen.has(oid)) continue
    seen.add(oid)
    if (seen.size > MOST_COMMITS) return []
    if (own.length < 2) commits.push({ oid, parent: own[0] ?? null })
    waiting.push(...own)
  }
  return commits
}

function linesOf(clone: Opened, args: string[]): AsyncGenerator<string> {
  return split(clone, args, '\n')
}

function recordsOf(clone: Opened, args: string[]): AsyncGenerator<string> {
  return split(clone, args, '\0')
}

async function* split(clone: Opened, args: string[], end: string): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of readOutput({ ...clone, args })) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split(end)
    rest = parts.pop() ?? ''
    yield* parts
  }
  if (rest !== '') yield rest
}
