/** The rows of `embedding` that are nearest to a vector: by looking at each, or by walking an index. */
import { encodeHalfvec } from '../embeddings/halfvecs.ts'
import { indexName } from '../embeddings/index-space.ts'
import type { Space } from '../embeddings/spaces.ts'
import type { Queryable } from '../transaction.server.ts'

/** Gives the parameter that stands for a value in a statement: `$1`, `$2`, … */
export type Bind = (value: unknown) => string

/**
 * What passages must fulfil, as an SQL expression on `passage p`, `repository r`, and `pull_request pr`, all
 * null where the passage is what a repository says of itself.
 */
export type Condition = (bind: Bind) => string

export interface VectorQuery {
  space: Pick<Space, 'id' | 'dimensions'>
  vector: Float32Array
  /** The scope: no other repository's rows are looked at. */
  repositoryIds: string[]
  /** 1 to 1,000. */
  limit: number
  /** All must hold. They are inside the search, which finds the best of those that fulfil them. */
  conditions?: Condition[]
}

export interface NearPassage {
  passageId: string
  /** Null of what a repository says of itself. */
  pullRequestId: string | null
  repositoryId: string
  /** The cosine, -1 to 1. */
  similarity: number
}

const WINDOW_FACTOR = 4
// Tuned on 200,000 passages: bench/search/recall.ts.
const CANDIDATES = 400
const MOST_CANDIDATES = 1_000
const MOST_VISITED = 40_000

/**
 * How many rows are to be compared, counted no further than is asked for, and whether the space has an
 * index that can be walked.
 */
export async function sizeUp(
  db: Queryable,
  query: VectorQuery,
  most: number,
): Promise<{ rows: number; hasIndex: boolean }> {
  const { bind, values } = parameters()
  const { rows } = await db.query<{ rows: number; hasIndex: boolean }>(
    `select (select count(*)::int from (
         select ${fromRows(query, bind)} limit ${bind(most + 1)}) counted) as rows,
       exists (select from pg_index where indisvalid
         and indexrelid = to_regclass(${bind(indexName(query.space.id))})) as "hasIndex"`,
    values,
  )
  return rows[0] as { rows: number; hasIndex: boolean }
}

/** Compares each row. */
export function scanRows(db: Queryable, query: VectorQuery): Promise<NearPassage[]> {
  return query.conditions?.length ? scanJoined(db, query) : scanNearestFirst(db, query)
}

/**
 * Looks up the passages of the nearest rows alone: to join all of them takes several times as long as to
 * compare their vectors. Where vectors of earlier texts are among them, more are looked up.
 */
async function scanNearestFirst(db: Queryable, query: VectorQuery): Promise<NearPassage[]> {
  for (let window = query.limit; ; window *= WINDOW_FACTOR) {
    const { bind, values } = parameters()
    const { rows } = await db.query<NearPassage & { isStale: boolean }>(
      `with nearest as materialized (
         select e.passage_id, e.repository_id, e.content_hash, ${distanceTo(query, bind)} as distance
         from embedding e where ${inScope(query, bind)}
         order by distance, e.passage_id limit ${bind(window)})
       select n.passage_id as "passageId", p.pull_request_id as "pullRequestId",
         n.repository_id as "repositoryId", 1 - n.distance as similarity,
         p.content_hash is distinct from n.content_hash as "isStale"
       from nearest n left join passage p on p.id = n.passage_id
       order by n.distance, n.passage_id`,
      values,
    )
    const fresh = rows.filter((row) => !row.isStale)
    if (fresh.length >= query.limit || rows.length < window)
      return fresh.slice(0, query.limit).map(({ isStale: _, ...near }) => near)
  }
}

async function scanJoined(db: Queryable, query: VectorQuery): Promise<NearPassage[]> {
  const { bind, values } = parameters()
  const { rows } = await db.query<NearPassage>(
    `select ${NEAR} from (
       select ${FOUND}, ${distanceTo(query, bind)} as distance ${joined(query, bind)}
       order by distance, e.passage_id limit ${bind(query.limit)}) near
     order by distance, passage_id`,
    values,
  )
  return rows
}

/**
 * Compares the next rows in the order of their passages.
 *
 * @returns the nearest of them, and after which passage to go on; null at the end.
 */
export async function scanChunk(
  db: Queryable,
  query: VectorQuery,
  { after, size }: { after: string; size: number },
): Promise<{ near: NearPassage[]; last: string | null }> {
  const { bind, values } = parameters()
  const { rows } = await db.query<{ near: NearPassage[] | null; last: string | null }>(
    `with chunk as materialized (
       select * from embedding e where ${inScope(query, bind)} and e.passage_id > ${bind(after)}
       order by e.passage_id limit ${bind(size)}
     ), near as (
       select ${FOUND}, ${distanceTo(query, bind)} as distance ${joined(query, bind, 'chunk')}
       order by distance, e.passage_id limit ${bind(query.limit)})
     select (select json_agg(n) from (select ${NEAR} from near order by distance, passage_id) n) as near,
       (select max(passage_id) from chunk having count(*) = ${bind(size)}) as last`,
    values,
  )
  return { near: rows[0]?.near ?? [], last: rows[0]?.last ?? null }
}

/**
 * Walks the space's index until it has met so many rows that count, or has seen so many that it is no use.
 * What the index takes for near is put in the order of its exact distance.
 */
export async function walkIndex(tx: Queryable, query: VectorQuery): Promise<NearPassage[]> {
  const candidates = Math.min(Math.max(CANDIDATES, 2 * query.limit), MOST_CANDIDATES)
  await tx.query(
    `set local hnsw.ef_search = ${candidates}; set local hnsw.iterative_scan = relaxed_order;
     set local hnsw.max_scan_tuples = ${MOST_VISITED}`,
  )
  const { bind, values } = parameters()
  const { rows } = await tx.query<NearPassage>(
    `select ${NEAR} from (
       select ${FOUND}, ${distanceTo(query, bind)} as distance ${joined(query, bind)}
       order by ${indexedDistance(query, bind)} limit ${bind(query.limit)}) near
     order by distance, passage_id`,
    values,
  )
  return rows
}

const FOUND = 'e.passage_id, p.pull_request_id, e.repository_id'
const NEAR = `passage_id::text as "passageId", pull_request_id::text as "pullRequestId",
  repository_id::text as "repositoryId", 1 - distance as similarity`

function parameters(): { bind: Bind; values: unknown[] } {
  const values: unknown[] = []
  return { values, bind: (value) => `$${values.push(value)}` }
}

function inScope({ space, repositoryIds }: VectorQuery, bind: Bind): string {
  return `e.space_id = ${bind(space.id)} and e.repository_id = any(${bind(repositoryIds)}::bigint[])`
}

function fromRows(query: VectorQuery, bind: Bind): string {
  return query.conditions?.length
    ? joined(query, bind)
    : `from embedding e where ${inScope(query, bind)}`
}

function joined(query: VectorQuery, bind: Bind, table = 'embedding'): string {
  const conditions = query.conditions ?? []
  const others = `join repository r on r.id = p.repository_id
    left join pull_request pr on pr.id = p.pull_request_id`
  return `from ${table} e
    join passage p on p.id = e.passage_id and p.content_hash = e.content_hash
    ${conditions.length > 0 ? others : ''}
    where ${[inScope(query, bind), ...conditions.map((one) => `(${one(bind)})`)].join(' and ')}`
}

function distanceTo({ vector }: VectorQuery, bind: Bind): string {
  return `e.vector <=> ${bind(encodeHalfvec(vector))}::halfvec`
}

/** As the index has it: with the length, which an index needs to know. */
function indexedDistance({ vector, space }: VectorQuery, bind: Bind): string {
  const type = `halfvec(${Math.trunc(space.dimensions)})`
  return `e.vector::${type} <=> ${bind(encodeHalfvec(vector))}::${type}`
}
