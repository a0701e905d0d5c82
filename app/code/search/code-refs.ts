/** Which code is searched, and its word statistics. */
import { type Scope, visibleCode } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isNamed } from '#app/search/filters/patterns.ts'

declare const readable: unique symbol

/** Id of a `code_ref` that the viewer may read. */
export type ReadableRefId = string & { readonly [readable]: true }

export interface WantedRefs {
  /** Only what the queries of this project search: its own datasets, and shared ones. */
  project?: string | undefined
  dataset?: string | undefined
  /** `owner/name`, `owner/*` or a name; none for all. */
  repo: string[]
  /** Branches; none for all. */
  ref: string[]
}

/** Returns the refs to search, of those in scope. */
export async function readCodeRefs(
  db: Queryable,
  scope: Scope,
  { project, dataset, repo, ref }: WantedRefs,
): Promise<ReadableRefId[]> {
  const parameters = parametersOf([project ?? null, dataset ?? null])
  const { bind, values } = parameters
  const named = repo.map((name) => (name.includes('/') ? name : `*/${name}`))
  const conditions = [
    'r.generation > 0',
    visibleCode(scope, 'r')(bind),
    `($1::text is null or p.name = $1 or d.scope = 'shared')`,
    '($2::text is null or d.name = $2)',
    ...(named.length > 0 ? [isNamed('r.full_name', named, parameters)] : []),
    ...(ref.length > 0 ? [isNamed('r.branch', ref, parameters)] : []),
  ]
  const { rows } = await db.query<{ id: ReadableRefId }>(
    `select r.id from code_ref r join dataset d on d.id = r.dataset_id
       join project p on p.id = d.project_id
     where ${conditions.join(' and ')} order by r.id`,
    values,
  )
  return rows.map(({ id }) => id)
}

export interface WordCounts {
  chunks: number
  /** Average words of a chunk. */
  length: number
  /** Number of chunks with each lexeme; those that were not counted are missing. */
  byLexeme: Map<string, number>
}

/** Sums the statistics of the refs. */
export async function readWordCounts(
  db: Queryable,
  refs: ReadableRefId[],
  lexemes: string[],
): Promise<WordCounts> {
  const { rows } = await db.query<{ chunks: number; length: number; by: Record<string, number> }>(
    `with said as (
       select l.lexeme, sum(l.chunks)::float8 as chunks
       from code_ref r join code_lexeme l on l.ref_id = r.id and l.generation = r.counted
       where l.lexeme = any($2::text[]) and r.id = any($1::bigint[]) group by l.lexeme)
     select coalesce(sum(chunks), 0)::float8 as chunks, coalesce(sum(length), 0)::float8 as length,
       coalesce((select json_object_agg(lexeme, chunks) from said), '{}') as by
     from code_ref where id = any($1::bigint[])`,
    [refs, lexemes],
  )
  const [{ chunks, length, by }] = rows as [(typeof rows)[number]]
  return { chunks, length: length / Math.max(1, chunks), byLexeme: new Map(Object.entries(by)) }
}

/** Returns the number of chunks with a lexeme. */
export function countsOf({ byLexeme }: WordCounts): (of: { lexeme: string }) => number {
  return ({ lexeme }) => byLexeme.get(lexeme) ?? 0
}
