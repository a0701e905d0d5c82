/** Reads what stands beside the lines of a file: the pull requests that brought them, and the threads on them. */
import type { ScopedReader } from '#app/auth/readers.server.ts'
import { type Scope, visible } from '#app/auth/scope.ts'
import { type BlamedLines, blameLines } from '#app/code/blame/blame-lines.ts'
import { cloneKey } from '#app/code/git/clone-key.ts'
import { readHeld } from '#app/code/git/clones.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'
import { originsOf } from './explain-commits.ts'
import { findIngested } from './find-ingested.ts'
import { isAbout } from './words-of-pull.ts'

/** Consecutive lines that one commit, or the commits of one pull request, wrote. */
export interface MarginRun {
  from: number
  to: number
  /** Null where none is known. */
  pull: { number: number; title: string } | null
  /** The first commit of them. */
  oid: string
}

export interface MarginThread {
  /** The line that it is about. */
  line: number
  number: number
  author: string | null
  /** The beginning of the first comment. */
  text: string
  url: string
}

export interface Margin {
  runs: MarginRun[]
  threads: MarginThread[]
}

interface MarginOf {
  repository: string
  oid: string
  path: string
  from: number
  to: number
}

/** Returns the margin of lines; null where there is no clone, or it cannot be read. */
export type ReadMargin = (reader: ScopedReader, of: MarginOf) => Promise<Margin | null>

const LONGEST_MS = 5_000
/** Lines that are blamed together. */
const LINES = 500
const MOST_THREADS = 200
const LONGEST = 120

export function openMargin({ DATA_DIR: dataDir }: { DATA_DIR: string }): ReadMargin {
  return async (reader, of) => {
    const found = await reader.run((db) => findIngested(db, reader.scope, of.repository))
    if (!found) return null
    const key = cloneKey(found.installationId, found.fullName)
    try {
      const signal = AbortSignal.timeout(LONGEST_MS)
      const groups = await readHeld({ dataDir, key }, signal, async (clone) => {
        const all: BlamedLines[] = []
        for (let from = of.from; from <= of.to; from += LINES)
          all.push(
            ...(await blameLines(clone, { ...of, from, to: Math.min(of.to, from + LINES - 1) })),
          )
        return all
      })
      if (!groups) return null
      const origins = await originsOf(
        reader,
        found,
        groups.map(({ commit }) => commit),
      )
      const runs = joined(
        groups.map(({ commit: { oid }, line, lines }) => {
          const [pull] = origins.get(oid)?.pullRequests ?? []
          const shown = pull ? { number: pull.number, title: pull.title } : null
          return { from: line, to: line + lines.length - 1, pull: shown, oid }
        }),
      )
      const threads = await reader.run((db) => readThreads(db, reader.scope, of))
      return { runs, threads: threads.flatMap((thread) => placed(thread, groups)) }
    } catch (error) {
      // The page is worth reading without it. The clone may lack the commit, until the next ingest.
      if (/^(RefusedError|CloneError|TimeoutError)$/.test((error as Error).name)) return null
      throw error
    }
  }
}

/** Joins neighbours of one pull request, or of one commit. */
function joined(runs: MarginRun[]): MarginRun[] {
  const all: MarginRun[] = []
  for (const run of runs) {
    const last = all.at(-1)
    const isSame = last?.pull ? last.pull.number === run.pull?.number : last?.oid === run.oid
    if (last && isSame) last.to = run.to
    else all.push({ ...run })
  }
  return all
}

interface ThreadRow extends Omit<MarginThread, 'line'> {
  diffHunk: string
  /** Null for one that is outdated. */
  line: number | null
}

async function readThreads(
  db: Queryable,
  scope: Scope,
  { repository, path }: MarginOf,
): Promise<ThreadRow[]> {
  const { values, bind } = parametersOf([repository, path, LONGEST, MOST_THREADS])
  const { rows } = await db.query<ThreadRow>(
    `select p.number, u.login as author, left(c.body, $3) as text, c.url, c.diff_hunk, t.line
     from review_thread t join pull_request p on p.id = t.pull_request_id and ${notDeleted('p')}
       join repository r on r.id = p.repository_id
       cross join lateral (select * from review_comment own where own.thread_id = t.node_id
         order by own.created_at, own.node_id limit 1) c
       left join github_user u on u.node_id = c.author_id
     where t.path = $2 and lower(r.full_name) = lower($1) and ${visible(scope, 'r')(bind)}
     order by p.number desc, t.node_id limit $4`,
    values,
  )
  return rows
}

/** Places a thread beside the line whose text it is about, the one nearest to where it was written. */
function placed(
  { diffHunk, line: at, ...thread }: ThreadRow,
  groups: BlamedLines[],
): MarginThread[] {
  const about = groups.flatMap(({ line, lines }) =>
    lines.flatMap((text, index) => (isAbout(diffHunk, text) ? line + index : [])),
  )
  const distance = (line: number) => Math.abs(line - (at ?? line))
  const [first, ...others] = about
  if (first === undefined) return []
  const line = others.reduce((best, one) => (distance(one) < distance(best) ? one : best), first)
  return [{ ...thread, line }]
}
