/** Answers which pull request last changed lines of code, which commit inside it, and what was said about them. */
import { readPull } from '#app/archive/pull-requests.ts'
import type { ScopedReader } from '#app/auth/readers.server.ts'
import { type BlamedCommit, type BlamedLines, blameLines } from '#app/code/blame/blame-lines.ts'
import { findInside, type InsideLine } from '#app/code/blame/find-inside.ts'
import { cloneKey } from '#app/code/git/clone-key.ts'
import { readHeld } from '#app/code/git/clones.ts'
import { type Opened, resolveCommit } from '#app/code/git/resolve-commit.ts'
import { findPullRequests, type Origin } from '#app/code/history/find-pull-requests.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import { findIngested } from './find-ingested.ts'
import { sayOrigin } from './say-origin.ts'
import type { WhyAnswer, WhyRange } from './why-answer.ts'
import { wordsOf } from './words-of-pull.ts'

export interface WhyRequest {
  /** `owner/name`. */
  repository: string
  /** A branch, or 7 digits or more of a commit; null for the default branch. */
  ref: string | null
  /** See `pathText`. */
  path: string
  /** First and last line, from 1. */
  from: number
  to: number
}

/** Returns why lines are as they are. @throws RefusedError for what is not there, or out of scope. */
export type Why = (reader: ScopedReader, request: WhyRequest) => Promise<WhyAnswer>

/** Pull requests of one answer whose words are read. */
const MOST_READ = 3
const LONGEST_MS = 20_000

/** Opens the answers from the clones in a data folder. */
export function openWhy({ DATA_DIR: dataDir }: { DATA_DIR: string }): Why {
  return async (reader, request) => {
    const { repository, path } = request
    const found = await reader.run((db) => findIngested(db, reader.scope, repository))
    if (!found) throw withoutCode(repository)
    const key = cloneKey(found.installationId, found.fullName)
    const signal = AbortSignal.timeout(LONGEST_MS)
    const blamed = await readHeld({ dataDir, key }, signal, async (clone) => {
      const oid = await resolve(clone, request.ref)
      const groups = await blameLines(clone, { ...request, oid })
      const oids = [...new Set(groups.map(({ commit }) => commit.oid))]
      const asked = { repositoryId: found.id, oids }
      const origins = await reader.run((db) => findPullRequests(db, reader.scope, asked))
      const byOid = new Map(origins.map((origin) => [origin.oid, origin]))
      const inside = await insideOf(clone, groups, byOid)
      return { oid, groups, byOid, inside }
    })
    if (!blamed) throw withoutCode(repository)
    const { oid, groups, byOid, inside } = blamed
    const ranges = groups.map((group, index) =>
      rangeOf(group, byOid.get(group.commit.oid), inside[index] ?? []),
    )
    await addWords(reader, { name: found.fullName, path }, ranges, groups)
    const publishedAt = [...byOid.values()][0]?.publishedAt?.toISOString() ?? null
    return { repository: found.fullName, oid, path, publishedAt, ranges }
  }
}

/** Takes a name for a branch first, as GitHub does. */
async function resolve(clone: Opened, ref: string | null): Promise<string> {
  try {
    if (ref === null) return (await resolveCommit(clone, { default: true })).oid
    const branch = resolveCommit(clone, { branch: ref })
    if (!/^[0-9a-f]{7,64}$/i.test(ref)) return (await branch).oid
    return (await branch.catch(() => resolveCommit(clone, { sha: ref }))).oid
  } catch (error) {
    const { name, message, hint } = error as Error & { hint?: string }
    if (name !== 'CloneError') throw error
    throw new RefusedError('unknown', message, hint ?? '')
  }
}

/** Blames again, at the head of its pull request, what a squash wrote. */
async function insideOf(
  clone: Opened,
  groups: BlamedLines[],
  origins: Map<string, Origin>,
): Promise<(InsideLine | null)[][]> {
  const all: (InsideLine | null)[][] = []
  for (const group of groups) {
    const [pull] = origins.get(group.commit.oid)?.pullRequests ?? []
    const isWhole = pull && pull.commitOid === null
    all.push(isWhole ? await findInside(clone, group, pull.headOid) : [])
  }
  return all
}

function rangeOf(
  { commit, line, lines, originalPath, originalLine }: BlamedLines,
  origin: Origin | undefined,
  inside: (InsideLine | null)[],
): WhyRange {
  const { mergeOid = null, publishedAt = null, pullRequests: found = [] } = origin ?? {}
  const own = found[0]?.commitOid ?? null
  const isDirect = mergeOid !== null && found.length === 0
  const pullRequests = found.map(({ number, title, state, url, evidence }) => ({
    ...{ number, title, state, url, evidence },
  }))
  return {
    ...{ from: line, to: line + lines.length - 1, originalPath, originalLine },
    ...{ commit: shown(commit), pullRequests },
    says: sayOrigin({ commit: shown(commit), pullRequests, mergeOid, publishedAt }),
    inside: insideRanges(line, inside),
    rebasedFrom: own === commit.oid ? null : own,
    pushedDirectly: isDirect ? { by: commit.author, at: commit.authoredAt.toISOString() } : null,
    words: [],
  }
}

function shown({ authoredAt, ...commit }: BlamedCommit): WhyRange['commit'] {
  return { ...commit, authoredAt: authoredAt.toISOString() }
}

/** Joins neighbouring lines of one commit. */
function insideRanges(start: number, inside: (InsideLine | null)[]): WhyRange['inside'] {
  const ranges: WhyRange['inside'] = []
  for (const [index, found] of inside.entries()) {
    if (!found) continue
    const [last, at] = [ranges.at(-1), start + index]
    if (last && last.to === at - 1 && last.commit.oid === found.commit.oid) last.to = at
    else ranges.push({ from: at, to: at, commit: shown(found.commit) })
  }
  return ranges
}

/** Reads what was said in the first pull requests of the answer. */
async function addWords(
  reader: ScopedReader,
  { name, path }: { name: string; path: string },
  ranges: WhyRange[],
  groups: BlamedLines[],
): Promise<void> {
  const numbers = new Set(ranges.flatMap(({ pullRequests }) => pullRequests[0]?.number ?? []))
  for (const number of [...numbers].slice(0, MOST_READ)) {
    const named = { fullName: name, number }
    const pull = await reader.run((db) => readPull(db, reader.scope, named))
    for (const [index, range] of ranges.entries()) {
      if (!pull || range.pullRequests[0]?.number !== number) continue
      range.words = wordsOf(pull, {
        paths: [path, range.originalPath],
        lines: groups[index]?.lines ?? [],
        oids: [
          ...[range.commit.oid, range.rebasedFrom ?? ''],
          ...range.inside.map(({ commit }) => commit.oid),
        ],
      })
    }
  }
}

function withoutCode(repository: string): RefusedError {
  return new RefusedError(
    'unknown',
    `There is no code of ${repository} here`,
    'Ingest it on the page Projects, or check the name. On several machines, ask the one with the clones.',
  )
}
