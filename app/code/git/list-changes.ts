/** Lists the files that pull requests change, many pull requests with each process. */
import { pathText } from './path-text.ts'
import type { Opened } from './resolve-commit.ts'
import { readOutput, runGit } from './run-git.ts'

/** A pull request as git sees it. */
export interface Change {
  /** Commit of the base branch. */
  base: string
  head: string
}

interface ListedFile {
  /** See `pathText`. */
  path: string
  /** Where a renamed file was. */
  previousPath: string | null
  /** As GitHub names it. */
  changeType: string
  /** Lines; 0 for a binary file. */
  additions: number
  deletions: number
}

/** What a pull request changes. */
export interface ListedChange {
  /** The first of them, in the order of git. */
  files: ListedFile[]
  /** How many there are. */
  total: number
}

/** GitHub lists no more either. */
const MOST_FILES = 3_000
/** Bytes of a path; a file with a longer one is counted, not listed. */
const LONGEST_PATH = 4_096
/** Few enough that all their commits fit into a command line, and into a pipe that nobody reads yet. */
export const MOST_CHANGES = 200

const [COLON, SPACE, TAB] = [0x3a, 0x20, 0x09]
const OID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/
const TYPES: Record<string, string> = { A: 'ADDED', D: 'DELETED', M: 'MODIFIED', R: 'RENAMED' }

/**
 * Returns what each pull request changes from its merge base to its head, as GitHub shows it; null where the
 * clone lacks a commit, or the two histories never met.
 *
 * @param changes at most `MOST_CHANGES`.
 */
export async function listChanges(
  clone: Opened,
  changes: Change[],
): Promise<(ListedChange | null)[]> {
  const known = await commitsOf(
    clone,
    changes.flatMap(({ base, head }) => [base, head]),
  )
  const present = changes.filter(({ base, head }) => known.has(base) && known.has(head))
  const bases = await mergeBases(clone, present)
  const pairs = present.flatMap((change, index) => {
    const base = bases[index]
    return base ? [{ change, base, head: change.head }] : []
  })
  const listed = await readPairs(clone, pairs)
  const byChange = new Map(pairs.map(({ change }, index) => [change, listed[index] ?? null]))
  return changes.map((change) => byChange.get(change) ?? null)
}

/** Returns those that are commits of the clone. */
export async function commitsOf(clone: Opened, oids: string[]): Promise<Set<string>> {
  const asked = oids.filter((oid) => OID.test(oid))
  const args = ['cat-file', '--batch-check=%(objectname) %(objecttype)']
  const known = new Set<string>()
  const text = await answerOf(clone, args, asked)
  for (const line of text.split('\n')) {
    const [oid = '', type] = line.split(' ')
    if (type === 'commit') known.add(oid)
  }
  return known
}

async function answerOf(clone: Opened, args: string[], lines: string[]): Promise<string> {
  const parts: string[] = []
  for await (const part of readOutput({ ...clone, args }, lines))
    parts.push(part.toString('latin1'))
  return parts.join('')
}

/** Returns the best common ancestor of each pair; null if there is none. */
export async function mergeBases(clone: Opened, changes: Change[]): Promise<(string | null)[]> {
  if (changes.length === 0) return []
  // `a...b` names both, and their merge bases with a caret.
  const ranges = changes.map(({ base, head }) => `${base}...${head}`)
  const stdout = await runGit({ ...clone, args: ['rev-parse', ...ranges] })
  const bases: (string | null)[] = []
  let named = 0
  for (const line of stdout.split('\n').filter(Boolean)) {
    if (line.startsWith('^')) bases[bases.length - 1] ??= line.slice(1)
    else if (named++ % 2 === 0) bases.push(null)
  }
  return bases
}

/** A list in the making. */
interface Reading {
  /** Null for a path that is too long. */
  files: (ListedFile | null)[]
  total: number
  /** How many sizes were read. */
  sized: number
}

/** Returns the differences of each pair, in their order. */
async function readPairs(clone: Opened, pairs: Change[]): Promise<ListedChange[]> {
  if (pairs.length === 0) return []
  const args = ['diff-tree', '--stdin', '--always', '-r', '-z', '-M', '--raw', '--numstat']
  const lines = pairs.map(({ base, head }) => `${head} ${base}`)
  const parts = splitAtZero(readOutput({ ...clone, args }, lines))
  const next = async (): Promise<Buffer | null> => (await parts.next()).value ?? null
  const all: Reading[] = []
  // Of each pair: the commit, what changed, and then the sizes of that in the same order.
  for (let part = await next(); part; part = await next()) {
    const reading = all.at(-1)
    if (part[0] === COLON && reading) {
      const letter = String.fromCharCode(part[part.lastIndexOf(SPACE) + 1] ?? 0)
      const first = await next()
      noteFile(reading, letter, letter === 'R' ? [await next(), first] : [first, null])
    } else if (part.includes(TAB) && reading) {
      const [added, deleted, path] = part.toString('latin1').split('\t', 3)
      const file = reading.files[reading.sized++]
      if (file) Object.assign(file, { additions: countOf(added), deletions: countOf(deleted) })
      // Both paths of a rename follow.
      if (path === '') for (let left = 2; left > 0; left--) await next()
    } else all.push({ files: [], total: 0, sized: 0 })
  }
  return all.map(({ files, total }) => ({ files: files.filter((file) => file !== null), total }))
}

function noteFile(
  reading: Reading,
  letter: string,
  [path, previous]: [Buffer | null, Buffer | null],
): void {
  reading.total++
  if (reading.files.length >= MOST_FILES) return
  const isListed = path && path.length <= LONGEST_PATH && (previous?.length ?? 0) <= LONGEST_PATH
  reading.files.push(
    isListed
      ? {
          path: pathText(path),
          previousPath: previous && pathText(previous),
          changeType: TYPES[letter] ?? 'CHANGED',
          ...{ additions: 0, deletions: 0 },
        }
      : null,
  )
}

/** Reads a number of lines; git writes a dash for a binary file. */
function countOf(text: string | undefined): number {
  return Number(text) || 0
}

/** Splits output that ends each part with a zero byte; of a part that is too long, the beginning is kept. */
async function* splitAtZero(stdout: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of stdout) {
    const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    for (let end = all.indexOf(0); end >= 0; end = all.indexOf(0, start)) {
      yield all.subarray(start, end)
      start = end + 1
    }
    rest = all.subarray(start, start + 2 * LONGEST_PATH)
  }
}
