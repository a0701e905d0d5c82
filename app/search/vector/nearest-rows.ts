/** Finds the rows of `embedding` nearest to a vector, by a scan or by an index. */

import { toSql } from 'pgvector'
import type { ReadablePullRequestId, ReadableRepositoryId } from '#app/auth/readable.ts'
import { type Bind, type Condition, parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { indexName } from '#app/embeddings/index-space.ts'
import type { Space } from '#app/embeddings/spaces.ts'
import { isSearched } from '../text/closing-issues.ts'

export interface VectorQuery {
  space: Pick<Space, 'id' | 'dimensions'>
  vector: Float32Array
  /** The scope: rows of other repositories are never read. */
  repositoryIds: ReadableRepositoryId[]
  /** 1 to 1,000. */
  limit: number
  /** Conditions that must all hold. They are applied within the search, which returns the best matches. */
  conditions?: Condition[]
}

export interface NearPassage {
  passageId: string
  /** Null for a repository's description. */
  pullRequestId: ReadablePullRequestId | null
  repositoryId: ReadableRepositoryId
  /** Cosine similarity, -1 to 1. */
  similarity: number
}

const WINDOW_FACTOR = 4
// Tuned on 200,000 passages with bench/search/recall.ts.
const CANDIDATES = 600
const MOST_CANDIDATES = 1_000
const MOST_VISITED = 40_000

/**
 * Compares every row, unless there are more than `most`; null means no limit.
 *
 * @returns null if there are more.
 */
export async function scanRows(
  db: Queryable,
  query: VectorQuery,
  most: number | null,
): Promise<NearPassage[] | null> {
  if (query.conditions?.length) return scanEligible(db, query, most)
  if (most !== null && (await hasMoreRows(db, query, most))) return null
  return nearestFirst(db, query, distanceTo)
}

/**
 * Returns true if there are more rows than `most`. Counts no further than needed, and not at all if the
 * word statistics already show that many passages.
 */
async function hasMoreRows(db: Queryable, query: VectorQuery, most: number): Promise<boolean> {
  const { bind, values } = parametersOf()
  const { rows } = await db.query<{ more: boolean }>(
    `select coalesce((select sum(w.passages) from repository_words w
         where w.repository_id = any(${bind(query.repositoryIds)}::bigint[])), 0) > ${bind(most)}::bigint
       or (select count(*) from (select from embedding e where ${inScope(query, bind)}
         limit ${bind(most + 1)}) counted) > ${bind(most)}::bigint as more`,
    values,
  )
  return rows[0]?.more ?? false
}

/**
 * Joins passages to the nearest rows only: joining all of them takes several times as long as comparing
 * their vectors. Widens the window if it contains vectors of earlier texts.
 */
async function nearestFirst(
  db: Queryable,
  query: VectorQuery,
  order: (query: VectorQuery, bind: Bind) => string,
): Promise<NearPassage[]> {
  for (let window = query.limit; ; window *= WINDOW_FACTOR) {
    const { bind, values } = parametersOf()
    const { rows } = await db.query<NearPassage & { isStale: boolean }>(
      `with near as materialized (
         select e.passage_id, e.repository_id, e.content_hash, ${distanceTo(query, bind)} as distance
         from embedding e where ${inScope(query, bind)}
         order by ${order(query, bind)} limit ${bind(window)})
       select near.passage_id, p.pull_request_id, near.repository_id, 1 - distance as similarity,
         (p.content_hash is distinct from near.content_hash
           or not ${isSearched('p', query.repositoryIds, bind)}) as is_stale
       from near left join passage p on p.id = near.passage_id
       order by distance, near.passage_id`,
      values,
    )
    const fresh = rows.filter((row) => !row.isStale)
    if (fresh.length >= query.limit || rows.length < window)
      return fresh.slice(0, query.limit).map(({ isStale: _, ...near }) => near)
  }
}

/**
 * Starts from the passages that meet the conditions, of which there are few if the conditions are
 * selective. `offset 0` forces a lookup per row: the planner cannot estimate how few there are and would
 * read the whole table.
 */
async function scanEligible(
  db: Queryable,
  query: VectorQuery,
  most: number | null,
): Promise<NearPassage[] | null> {
  const { bind, values } = parametersOf()
  const { rows } = await db.query<{ isMore: boolean; near: NearPassage[] | null }>(
    `with eligible as materialized (
       select p.id, p.pull_request_id, p.content_hash from passage p ${othersOf(query)}
       where p.repository_id = any(${bind(query.repositoryIds)}::bigint[])
         and ${isSearched('p', query.repositoryIds, bind)} and ${holds(query, bind)}
       limit ${bind(most === null ? null : most + 1)}
     ), counted as materialized (
       select count(*) > ${bind(most)}::bigint as more from eligible
     ), near as (
       select ${FOUND}, e.distance
       from eligible p cross join lateral (
         select e.passage_id, e.repository_id, ${distanceTo(query, bind)} as distance from embedding e
         where ${inScope(query, bind)} and e.passage_id = p.id and ${SAME_TEXT} offset 0) e
       where (select more from counted) is not true
       order by e.distance, e.passage_id limit ${bind(query.limit)})
     select (select more from counted) is true as is_more, ${AS_JSON} as near`,
    values,
  )
  return rows[0]?.isMore ? null : (rows[0]?.near ?? [])
}

/**
 * Compares the next rows in the order of their passage ids.
 *
 * @returns the nearest of them, and the passage id to continue after; null at the end.
 */
export async function scanChunk(
  db: Queryable,
  query: VectorQuery,
  { after, size }: { after: string; size: number },
): Promise<{ near: NearPassage[]; last: string | null }> {
  const { bind, values } = parametersOf()
  const { rows } = await db.query<{ near: NearPassage[] | null; last: string | null }>(
    `with chunk as materialized (
       select * from embedding e where ${inScope(query, bind)} and e.passage_id > ${bind(after)}
       order by e.passage_id limit ${bind(size)}
     ), near as (
       select ${FOUND}, ${distanceTo(query, bind)} as distance
       from chunk e ${toMatched(query, bind)} where ${holds(query, bind)}
       order by distance, e.passage_id limit ${bind(query.limit)})
     select ${AS_JSON} as near,
       (select max(passage_id) from chunk having count(*) = ${bind(size)}) as last`,
    values,
  )
  return { near: rows[0]?.near ?? [], last: rows[0]?.last ?? null }
}

/**
 * Applies the settings for `walkIndex` to this transaction if the space has an index. They include
 * `enable_sort = off`, without which the planner would compare and sort every row of a large scope.
 *
 * @returns true if it has an index.
 */
export async function prepareWalk(tx: Queryable, { space, limit }: VectorQuery): Promise<boolean> {
  const candidates = Math.min(Math.max(CANDIDATES, 2 * limit), MOST_CANDIDATES)
  const { rows } = await tx.query(
    `select set_config('hnsw.ef_search', $2, true), set_config('hnsw.max_scan_tuples', $3, true),
       set_config('enable_sort', 'off', true)
     from pg_index where indisvalid and indexrelid = to_regclass($1)`,
    [indexName(space.id), String(candidates), String(MOST_VISITED)],
  )
  return rows.length > 0
}

/**
 * Walks the space's index until enough rows match or the limit of visited rows is reached. The rows are
 * then sorted by exact distance.
 */
export async function walkIndex(tx: Queryable, query: VectorQuery): Promise<NearPassage[]> {
  if (query.conditions?.length) {
    await tx.query('set local hnsw.iterative_scan = relaxed_order')
    return await walkEligible(tx, query)
  }
  // An iterative scan takes a fifth longer, and where most rows match, the first candidates are enough.
  const first = await nearestFirst(tx, query, indexedDistance)
  if (first.length === query.limit) return first
  await tx.query('set local hnsw.iterative_scan = relaxed_order')
  return await nearestFirst(tx, query, indexedDistance)
}

async function walkEligible(tx: Queryable, query: VectorQuery): Promise<NearPassage[]> {
  const { bind, values } = parametersOf()
  const { rows } = await tx.query<{ near: NearPassage[] | null }>(
    `with near as materialized (
       select ${FOUND}, ${distanceTo(query, bind)} as distance
       from embedding e ${toMatched(query, bind)}
       where ${inScope(query, bind)} and ${holds(query, bind)}
       order by ${indexedDistance(query, bind)} limit ${bind(query.limit)})
     select ${AS_JSON} as near`,
    values,
  )
  return rows[0]?.near ?? []
}

const FOUND = 'e.passage_id, p.pull_request_id, e.repository_id'
// Ids are strings, because JSON numbers lose precision.
const AS_JSON = `(select json_agg(json_build_object('passageId', passage_id::text,
    'pullRequestId', pull_request_id::text, 'repositoryId', repository_id::text,
    'similarity', 1 - distance) order by distance, passage_id) from near)`
// With a plain equality the planner expects almost no rows: it assumes that the hash and the id are
// independent.
const SAME_TEXT = 'case when e.content_hash = p.content_hash then true else false end'

function inScope({ space, repositoryIds }: VectorQuery, bind: Bind): string {
  return `e.space_id = ${bind(space.id)} and e.repository_id = any(${bind(repositoryIds)}::bigint[])`
}

function toMatched(query: VectorQuery, bind: Bind): string {
  return `join passage p on p.id = e.passage_id and ${SAME_TEXT}
    and ${isSearched('p', query.repositoryIds, bind)} ${othersOf(query)}`
}

function othersOf({ conditions = [] }: VectorQuery): string {
  if (conditions.length === 0) return ''
  return `join repository r on r.id = p.repository_id
    left join pull_request pr on pr.id = p.pull_request_id`
}

function holds({ conditions = [] }: VectorQuery, bind: Bind): string {
  return ['true', ...conditions.map((one) => `(${one(bind)})`)].join(' and ')
}

function distanceTo({ vector }: VectorQuery, bind: Bind): string {
  return `e.vector <=> ${bind(toSql([...vector]))}::halfvec`
}

/** Returns the expression that the index uses: with the length, which an index requires. */
function indexedDistance({ vector, space }: VectorQuery, bind: Bind): string {
  const type = `halfvec(${Math.trunc(space.dimensions)})`
  return `e.vector::${type} <=> ${bind(toSql([...vector]))}::${type}`
}
