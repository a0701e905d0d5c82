/** Answers which pull request last changed lines of code, which commit inside it, and what was said about them. */
import type { ScopedReader } from '#app/auth/readers.server.ts'
import type { InsideLine } from '#app/code/blame/find-inside.ts'
import { listCommits } from '#app/code/blame/list-commits.ts'
import type { CloneError, CloneFailure } from '#app/code/git/clone-error.ts'
import { cloneKey } from '#app/code/git/clone-key.ts'
import { readHeld } from '#app/code/git/clones.ts'
import { findTag, type Opened, resolveCommit } from '#app/code/git/resolve-commit.ts'
import type { Origin } from '#app/code/history/find-pull-requests.ts'
import { OperatorError, RefusedError } from '#app/config/errors.server.ts'
import { type BlamedRange, blameRange } from './blame-range.ts'
import { addWords, describeCommit, originsOf, shownCommit } from './explain-commits.ts'
import { findIngested, type IngestedRepository } from './find-ingested.ts'
import { findPlace, type Sought } from './find-place.ts'
import type { WhyAnswer, WhyCommit, WhyRange } from './why-answer.ts'

/** What to look at. */
type Place =
  | {
      /** A branch, `HEAD`, a tag, or 7 digits or more of a commit; null for the default branch. */
      ref: string | null
      /** See `pathText`; null for the commit `ref`. */
      path: string | null
    }
  /** Both, with a slash between them; either may have more of them. */
  | { place: string }
  /** What stands in the indexed code. */
  | { sought: Sought }

export type WhyRequest = Place & {
  /** `owner/name`. */
  repository: string
  /** First and last line, from 1; null for the last changes of the path. */
  lines: { from: number; to: number } | null
  /** Tells also how the lines came to be. */
  withHistory?: boolean
}

/** Returns why code is as it is. @throws RefusedError for what is not there, or out of scope. */
export type Why = (reader: ScopedReader, request: WhyRequest) => Promise<WhyAnswer>

const LONGEST_MS = 20_000
const UNKNOWN: ReadonlySet<CloneFailure> = new Set([
  'unknown branch',
  'unknown commit',
  'not a commit',
  'empty repository',
])
/** Parts of the name of a branch that is followed by a path. */
const MOST_PARTS = 8

/** Opens the answers from the clones in a data folder. */
export function openWhy({ DATA_DIR: dataDir }: { DATA_DIR: string }): Why {
  return async (reader, request) => {
    const { repository } = request
    const found = await reader.run((db) => findIngested(db, reader.scope, repository))
    if (!found) throw withoutCode(repository)
    const located = await locate(reader, found, request)
    const key = cloneKey(found.installationId, found.fullName)
    const signal = AbortSignal.timeout(LONGEST_MS)
    const answer = await readHeld({ dataDir, key }, signal, async (clone) => {
      const { oid, path } = await resolvePlace(clone, located)
      const asking = { reader, clone, found, oid, path }
      const { ranges, publishedAt } = await explainLines(asking, located)
      const commits = await explainCommits(asking, located)
      return {
        ...{ repository: found.fullName, oid, path, ranges },
        commits: commits.commits,
        publishedAt: (publishedAt ?? commits.publishedAt)?.toISOString() ?? null,
        syncedUntil: found.syncedUntil?.toISOString() ?? null,
      }
    }).catch(explainClone)
    if (!answer) throw withoutCode(repository)
    return answer
  }
}

/** @throws OperatorError for a clone that is damaged, or too slow. */
function explainClone(error: Error & { hint?: string }): never {
  if (error.name === 'CloneError')
    throw new OperatorError(error.message, error.hint ?? '', { cause: error })
  if (error.name !== 'TimeoutError') throw error
  throw new OperatorError(
    `git took longer than ${LONGEST_MS / 1_000} seconds`,
    'Ask for fewer lines, or again when the machine has less to do.',
    { cause: error },
  )
}

interface Asking {
  reader: ScopedReader
  clone: Opened
  found: IngestedRepository
  /** The commit to look at. */
  oid: string
  path: string | null
}

/** A request for lines that are known by their numbers. */
type Located = Exclude<WhyRequest, { sought: Sought }>

/** @throws RefusedError if nothing is named, or nowhere stands what is sought. */
async function locate(
  reader: ScopedReader,
  { id }: IngestedRepository,
  request: WhyRequest,
): Promise<Located> {
  if ('sought' in request) {
    const { sought, ...rest } = request
    const place = await reader.run((db) => findPlace(db, reader.scope, id, sought))
    if (!place) throw nowhere()
    return { ...rest, ref: place.oid, path: place.path, lines: place.lines }
  }
  const isNothing = 'path' in request && request.path === null
  if (isNothing && (request.ref === null || request.lines !== null)) throw withoutPlace()
  return request
}

async function explainLines(
  { reader, clone, found, oid, path }: Asking,
  { lines }: Located,
): Promise<{ ranges: WhyRange[]; publishedAt: Date | null }> {
  if (path === null || lines === null) return { ranges: [], publishedAt: null }
  const blamed = await blameRange({ reader, clone, found }, { oid, path, ...lines })
  const ranges = blamed.map(rangeOf)
  const about = ranges.map((range, index) => ({
    of: range,
    about: {
      paths: [path, range.originalPath],
      lines: blamed[index]?.group.lines ?? [],
      oids: range.inside.map(({ commit }) => commit.oid),
    },
  }))
  await addWords(reader, found, about)
  return { ranges, publishedAt: publishedAtOf(blamed.map(({ origin }) => origin)) }
}

async function explainCommits(
  { reader, clone, found, oid, path }: Asking,
  { lines, withHistory = false }: Located,
): Promise<{ commits: WhyCommit[]; publishedAt: Date | null }> {
  if (lines !== null && !withHistory) return { commits: [], publishedAt: null }
  const listed = await listCommits(clone, { oid, path, lines })
  if (listed.length === 0) throw noCommits(path)
  const origins = await originsOf(reader, found, listed)
  const commits = listed.map((commit) => describeCommit(commit, origins.get(commit.oid)))
  const paths = path === null ? [] : [path]
  await addWords(
    reader,
    found,
    commits.map((of) => ({ of, about: { paths, lines: [] } })),
  )
  return { commits, publishedAt: publishedAtOf([...origins.values()]) }
}

function publishedAtOf(origins: (Origin | undefined)[]): Date | null {
  return origins.find(Boolean)?.publishedAt ?? null
}

async function resolvePlace(
  clone: Opened,
  request: Located,
): Promise<{ oid: string; path: string | null }> {
  if (!('place' in request)) return { oid: await resolve(clone, request.ref), path: request.path }
  const parts = request.place.split('/')
  for (let at = 1; at < Math.min(parts.length, MOST_PARTS); at++) {
    const path = parts.slice(at).join('/')
    const oid = await resolve(clone, parts.slice(0, at).join('/')).catch(ifRefused)
    if (oid !== null) return { oid, path: path === '' ? null : path }
  }
  throw new RefusedError(
    'unknown',
    `${request.place.slice(0, 300)} names no branch and no commit`,
    'Give a branch, HEAD or a commit, and a path after it. A force-push may have removed it.',
  )
}

function ifRefused(error: unknown): null {
  if (error instanceof RefusedError) return null
  throw error
}

/** Takes a name for a branch first, then for a tag, and then for a commit. */
async function resolveName(clone: Opened, ref: string): Promise<string> {
  try {
    return (await resolveCommit(clone, { branch: ref })).oid
  } catch (error) {
    const tagged = await findTag(clone, ref)
    if (tagged !== null) return tagged
    if (!/^[0-9a-f]{7,64}$/i.test(ref)) throw error
    return (await resolveCommit(clone, { sha: ref })).oid
  }
}

async function resolve(clone: Opened, ref: string | null): Promise<string> {
  try {
    if (ref === null || ref === 'HEAD') return (await resolveCommit(clone, { default: true })).oid
    return await resolveName(clone, ref)
  } catch (error) {
    const { kind, message, hint } = error as Partial<CloneError>
    if (!kind || !UNKNOWN.has(kind)) throw error
    throw new RefusedError('unknown', message ?? '', hint ?? '')
  }
}

function rangeOf({ group, origin, inside, moved }: BlamedRange): WhyRange {
  const { commit, line, lines, originalPath, originalLine } = group
  return {
    ...{ from: line, to: line + lines.length - 1, originalPath, originalLine },
    ...describeCommit(commit, origin),
    inside: insideRanges(line, inside),
    moved: moved.map(({ from, to, commit, origin }) => {
      const { words: _, ...described } = describeCommit(commit, origin)
      return { from, to, ...described }
    }),
  }
}

/** Joins neighbouring lines of one commit. */
function insideRanges(start: number, inside: (InsideLine | null)[]): WhyRange['inside'] {
  const ranges: WhyRange['inside'] = []
  for (const [index, found] of inside.entries()) {
    if (!found) continue
    const [last, at] = [ranges.at(-1), start + index]
    if (last && last.to === at - 1 && last.commit.oid === found.commit.oid) last.to = at
    else ranges.push({ from: at, to: at, commit: shownCommit(found.commit) })
  }
  return ranges
}

function withoutCode(repository: string): RefusedError {
  return new RefusedError(
    'unknown',
    `There is no code of ${repository} here`,
    'Ingest it on the page Projects, or check the name. On several machines, ask the one with the clones.',
  )
}

function withoutPlace(): RefusedError {
  return new RefusedError(
    'invalid',
    'Neither a path nor a commit was given',
    'Give a path, with lines or without, or a commit as ref and nothing else.',
  )
}

function nowhere(): RefusedError {
  return new RefusedError(
    'unknown',
    'Nothing like that stands in the indexed code of the repository',
    'Give a symbol as it is declared, or text as it stands in the file; the newest commits may not be indexed yet.',
  )
}

function noCommits(path: string | null): RefusedError {
  return new RefusedError(
    'unknown',
    `No commit has changed ${path}`,
    'Check the path and the ref; case matters.',
  )
}
