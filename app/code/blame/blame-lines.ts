/** Blames lines of a file with `git blame -w`, without the commits that the repository ignores. */
import { isUtf8 } from 'node:buffer'
import { RefusedError } from '#app/config/errors.server.ts'
import { readBlobs } from '../git/blobs.ts'
import { commitsOf } from '../git/list-changes.ts'
import { pathBytes, pathText } from '../git/path-text.ts'
import type { Opened } from '../git/resolve-commit.ts'
import { readOutput } from '../git/run-git.ts'
import { findLastChange } from './gone-file.ts'

/** The file in which a repository names commits that blame passes over, as on GitHub. */
const IGNORED = '.git-blame-ignore-revs'
const MOST_IGNORED = 1_000
/** Bytes of a file. */
const LARGEST = 2_000_000
/** Lines that are blamed together. */
const MOST_LINES = 500
/** Where git looks for a zero byte, too. */
const LOOKED_AT = 8_000

export interface BlamedCommit {
  oid: string
  author: string
  authoredAt: Date
  /** First line of the message. */
  summary: string
}

/** Consecutive lines that a commit wrote. */
export interface BlamedLines {
  commit: BlamedCommit
  /** First line in the file, and in the file as the commit wrote it. */
  line: number
  originalLine: number
  /** Path at the commit; see `pathText`. */
  originalPath: string
  /** The lines themselves. */
  lines: string[]
}

export interface WantedLines {
  /** Of a commit. */
  oid: string
  /** See `pathText`. */
  path: string
  /** First and last line, from 1. */
  from: number
  to: number
  /** Oids of commits that are passed over, besides those that the repository ignores. */
  passed?: string[]
}

/**
 * @throws RefusedError if there is no such file or line at the commit, or it has no lines: a binary file, a
 * symlink, a submodule.
 */
export async function blameLines(clone: Opened, wanted: WantedLines): Promise<BlamedLines[]> {
  return blame(clone, (await prepare(clone, wanted)).args)
}

export interface BlamedTwice {
  blamed: BlamedLines[]
  /** The same, through lines that were moved or copied within the file (`git blame -M`). */
  written: BlamedLines[]
  /** Oids of the commits that the repository ignores. */
  ignored: string[]
}

/** @throws RefusedError as `blameLines` does. */
export async function blameTwice(clone: Opened, wanted: WantedLines): Promise<BlamedTwice> {
  const { args, ignored } = await prepare(clone, wanted)
  const [blamed, written] = await Promise.all([blame(clone, args), blame(clone, ['-M', ...args])])
  return { blamed, written, ignored }
}

/** Returns the arguments of git for the lines, and the commits that the repository ignores. */
async function prepare(
  clone: Opened,
  wanted: WantedLines,
): Promise<{ args: string[]; ignored: string[] }> {
  const { oid, path, from } = wanted
  const name = nameOf(path)
  const [file, ignoring] = await findFiles(clone, oid, [name, IGNORED])
  if (!file) throw await goneFile(clone, wanted, name)
  if (file.mode === '160000') throw refused(`${path} is a submodule`)
  if (file.mode === '120000') throw refused(`${path} is a symlink`)
  const [bytes = null, list = null] = await readAll(clone, [file.oid, ...oidsOf(ignoring)])
  const lines = countLines(bytes, path)
  if (from > lines) throw refused(`${path} has ${lines} lines`)
  const ignored = await readIgnored(clone, list)
  const range = `${from},${Math.min(wanted.to, lines, from + MOST_LINES - 1)}`
  const passed = passOver([...ignored, ...(wanted.passed ?? [])])
  return { args: [...passed, '-L', range, oid, '--', name], ignored }
}

interface WantedPull {
  head: string
  /** The commit from which the pull request starts. */
  base: string
  path: string
  /** Oids of the commits that the repository ignores. */
  ignored: string[]
}

interface BlamedPull {
  /** What the commits of the pull request wrote. */
  lines: BlamedLines[]
  /** The same without passing over any: what those of its commits wrote that the repository ignores. */
  ignoredLines: BlamedLines[]
}

/** Blames a file at the head of a pull request; nothing if the head has no such file. */
export async function blamePull(
  clone: Opened,
  { head, base, path, ignored }: WantedPull,
): Promise<BlamedPull> {
  const name = nameOf(path)
  const [file] = await findFiles(clone, head, [name])
  if (!file?.mode.startsWith('100')) return { lines: [], ignoredLines: [] }
  const args = [`${base}..${head}`, '--', name]
  const [lines, all] = await Promise.all([
    blame(clone, [...passOver(ignored), ...args], true),
    ignored.length === 0 ? [] : blame(clone, args, true),
  ])
  return { lines, ignoredLines: all.filter(({ commit }) => ignored.includes(commit.oid)) }
}

/** Git takes a path as an argument, which is text. */
export function nameOf(path: string): string {
  const bytes = pathBytes(path)
  if (path === '' || bytes.includes(0) || !isUtf8(bytes))
    throw refused('Lines of a file whose path is not UTF-8 cannot be looked up')
  const name = bytes.toString()
  // Git would look outside the repository.
  if (name.split('/').some((part) => ['', '.', '..'].includes(part)))
    throw refused(`There is no file ${path}`)
  return name
}

async function findFiles(
  clone: Opened,
  oid: string,
  names: string[],
): Promise<({ mode: string; oid: string } | undefined)[]> {
  const args = ['--literal-pathspecs', 'ls-tree', '-z', '--full-tree', oid, '--', ...names]
  const parts: Buffer[] = []
  for await (const part of readOutput({ ...clone, args })) parts.push(part)
  const entries = Buffer.concat(parts).toString().split('\0')
  return names.map((name) => {
    const entry = entries.find((text) => text.slice(text.indexOf('\t') + 1) === name)
    const [mode = '', type, blob = ''] = entry?.split(/[ \t]/, 3) ?? []
    return type === 'blob' || type === 'commit' ? { mode, oid: blob } : undefined
  })
}

/** Says that there is no such file, and what became of it. */
async function goneFile(
  clone: Opened,
  { oid, path }: WantedLines,
  name: string,
): Promise<RefusedError> {
  const none = `There is no file ${path} at ${oid.slice(0, 10)}`
  const last = await findLastChange(clone, { oid, name })
  if (!last) return refused(none)
  const where = `in ${last.oid.slice(0, 10)}, on ${last.at.toISOString().slice(0, 10)}`
  return last.movedTo === null
    ? refused(`${none}: it was deleted ${where}`)
    : refused(`${none}: it was renamed to ${last.movedTo} ${where}`)
}

function oidsOf(file: { oid: string } | undefined): string[] {
  return file ? [file.oid] : []
}

/** Returns the content of blobs; null for one that is too large. */
async function readAll(clone: Opened, oids: string[]): Promise<(Buffer | null)[]> {
  const all: (Buffer | null)[] = []
  if (oids.length === 0) return all
  const source = { ...clone, blobBytes: LARGEST }
  for await (const { bytes } of readBlobs(source, oids)) all.push(bytes)
  return all
}

function countLines(bytes: Buffer | null, path: string): number {
  if (!bytes) throw refused(`${path} is larger than ${LARGEST / 1e6} MB`)
  if (bytes.subarray(0, LOOKED_AT).includes(0)) throw refused(`${path} is a binary file`)
  const ends = bytes.reduce((count, byte) => (byte === 10 ? count + 1 : count), 0)
  return ends + (bytes.length > 0 && bytes.at(-1) !== 10 ? 1 : 0)
}

/** Returns the commits of the list that are there. */
async function readIgnored(clone: Opened, list: Buffer | null): Promise<string[]> {
  const lines = (list?.toString('latin1') ?? '').split('\n')
  const oids = lines.flatMap((line) => /^\s*([0-9a-f]{40})\b/.exec(line)?.[1] ?? [])
  if (oids.length === 0) return []
  return [...(await commitsOf(clone, [...new Set(oids)].slice(0, MOST_IGNORED)))]
}

function passOver(oids: string[]): string[] {
  return oids.map((oid) => `--ignore-rev=${oid}`)
}

/** @param isBounded leaves out the lines that are older than the range. */
async function blame(clone: Opened, args: string[], isBounded = false): Promise<BlamedLines[]> {
  const call = { ...clone, args: ['blame', '-w', '--porcelain', '--no-progress', ...args] }
  const commits = new Map<string, Noted>()
  const groups: BlamedLines[] = []
  let at: { commit: Noted; originalLine: number; line: number } | null = null
  for await (const text of linesOf(call)) {
    if (text.startsWith('\t')) {
      if (at && !(isBounded && at.commit.isBoundary)) addLine(groups, at, text.slice(1))
      at = null
    } else if (at) noteHeader(at.commit, text)
    else {
      const [oid = '', originalLine, line] = text.split(' ')
      const commit = commits.get(oid) ?? newCommit(oid)
      commits.set(oid, commit)
      at = { commit, originalLine: Number(originalLine), line: Number(line) }
    }
  }
  return groups
}

interface Noted extends BlamedCommit {
  path: string
  isBoundary: boolean
}

function newCommit(oid: string): Noted {
  return { oid, author: '', authoredAt: new Date(0), summary: '', path: '', isBoundary: false }
}

function noteHeader(commit: Noted, text: string): void {
  const space = text.indexOf(' ')
  const [name, value] = space < 0 ? [text, ''] : [text.slice(0, space), text.slice(space + 1)]
  if (name === 'author') commit.author = value
  else if (name === 'author-time') commit.authoredAt = new Date(Number(value) * 1_000)
  else if (name === 'summary') commit.summary = value
  else if (name === 'boundary') commit.isBoundary = true
  else if (name === 'filename') commit.path = pathText(pathBytes(value))
}

function addLine(
  groups: BlamedLines[],
  { commit, originalLine, line }: { commit: Noted; originalLine: number; line: number },
  text: string,
): void {
  const last = groups.at(-1)
  const offset = last ? last.lines.length : 0
  const follows =
    last?.commit.oid === commit.oid &&
    last.originalPath === commit.path &&
    last.line + offset === line &&
    last.originalLine + offset === originalLine
  if (follows) last.lines.push(text)
  else {
    const { oid, author, authoredAt, summary, path } = commit
    const own = { oid, author, authoredAt, summary }
    groups.push({ commit: own, line, originalLine, originalPath: path, lines: [text] })
  }
}

async function* linesOf(call: Parameters<typeof readOutput>[0]): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const part of readOutput(call)) {
    const lines = (rest + decoder.decode(part, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

function refused(message: string): RefusedError {
  return new RefusedError('unknown', message, 'Check the path, the ref and the line; case matters.')
}
