/** Reads the history of a branch along its first parents. */
import type { Opened } from './resolve-commit.ts'
import { readOutput } from './run-git.ts'

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

/** The commits of a clone that lead to pull requests. */
export interface ClonedHeads {
  /** Commit of the default branch; null if there is none. */
  tip: string | null
  pulls: PullHead[]
}

/** The head of a pull request, as GitHub keeps it under `refs/pull`. */
export interface PullHead {
  number: number
  oid: string
}

/** Returns the commit of the default branch, and the heads of all pull requests. */
export async function readHeads(clone: Opened): Promise<ClonedHeads> {
  const format = '--format=%(HEAD) %(objectname) %(refname)'
  const heads: ClonedHeads = { tip: null, pulls: [] }
  for await (const line of linesOf(clone, ['for-each-ref', format, 'refs/heads/', 'refs/pull/'])) {
    const [, current, oid, number] = HEAD.exec(line) ?? []
    if (oid && number) heads.pulls.push({ number: Number(number), oid })
    else if (oid && current === '*') heads.tip = oid
  }
  return heads
}

const HEAD = /^([* ]) (\w+) refs\/(?:heads\/.+|pull\/(\d{1,9})\/head)$/s

/**
 * Returns the commits along first parents that came after `start`, the oldest first; null if `tip` does not
 * continue the chain that ended with it.
 *
 * @param start null for the beginning.
 */
export async function readChain(
  clone: Opened,
  tip: string,
  start: string | null,
): Promise<string[] | null> {
  if (start === tip) return []
  const args = ['rev-list', '--first-parent', '--reverse', '--parents', '--ignore-missing', tip]
  const chain: string[] = []
  for await (const line of linesOf(clone, [...args, ...(start ? [`^${start}`] : [])])) {
    const [oid = '', parent] = line.split(' ')
    if (chain.length === 0 && start !== null && parent !== start) return null
    chain.push(oid)
  }
  return chain.length === 0 ? null : chain
}

/** A chain of commits along first parents, and what is before it. */
export interface Chain {
  /** Consecutive commits. */
  chain: string[]
  /** The commit before them, and its place; null and 0 if there is none. */
  previous: string | null
  position: number
}

/** Yields the commits that came by a chain in the order in which they came, part by part. */
export async function* readHistory(
  clone: Opened,
  { chain, previous, position }: Chain,
): AsyncGenerator<HistoryPart> {
  for (let at = 0; at < chain.length; at += CHAIN)
    yield await readPart(clone, {
      chain: chain.slice(at, at + CHAIN),
      previous: chain[at - 1] ?? previous,
      position: position + at,
    })
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

/** Commits of a pull request that are looked at one by one; GitHub rebases no more either. */
const MOST_COMMITS = 100
/** Commits of many pull requests that are read together. */
const MOST_TOGETHER = 50_000

/** What leads to the head of a pull request. */
export interface PullCommits {
  /** False if the branch has the head. */
  isApart: boolean
  /** Where it starts from the branch; null where merges make that a question of its own. */
  base: string | null
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
  const isWhole = parents.size < MOST_TOGETHER
  return heads.map((head) => {
    const commits = ownCommits(parents, head)
    const isRow = commits.every(({ parents }) => parents.length === 1)
    const singles = commits.filter(({ parents }) => parents.length < 2)
    return {
      isApart: parents.has(head),
      base: isWhole && isRow ? (commits.at(-1)?.parents[0] ?? null) : null,
      commits: singles.map(({ oid, parents }) => ({ oid, parent: parents[0] ?? null })),
    }
  })
}

function ownCommits(
  parents: Map<string, string[]>,
  head: string,
): { oid: string; parents: string[] }[] {
  const commits = new Map<string, { oid: string; parents: string[] }>()
  const waiting = [head]
  for (let oid = waiting.pop(); oid !== undefined; oid = waiting.pop()) {
    const own = parents.get(oid)
    if (!own || commits.has(oid)) continue
    if (commits.size >= MOST_COMMITS) return []
    commits.set(oid, { oid, parents: own })
    waiting.push(...own)
  }
  return [...commits.values()]
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
