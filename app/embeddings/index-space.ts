import type { Logger } from '#app/config/logger.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { type Pool, type Queryable, queryable } from '#app/database/pool.server.ts'
import { NAME_DIRECT, POOLED, sharesSessions } from '#app/database/pooler.server.ts'
import { activeSpace, type Space } from './spaces.ts'

interface Indexing {
  database: Pick<Database, 'pool' | 'direct' | 'profile'>
  logger: Logger
  signal: AbortSignal
  /** Overridden in tests. */
  exactValues?: number
}

/**
 * Number of values (rows × dimensions) up to which a search compares every row; beyond it, an index pays
 * off.
 */
export const EXACT_VALUES = 13_000_000

const PREFIX = 'embedding_nearest_'
const LOCK = 'whence: index of embeddings'
// Maximum dimensions of an index on halfvecs.
const MOST_DIMENSIONS = 4_000
// Bytes per row for the links in the graph, in addition to the values. A graph that does not fit into
// memory takes many times longer to build.
const LINK_BYTES = 1_200
// pgvector's defaults of 16 and 64 build three times faster, with a recall of 98.5%:
// bench/search/recall.ts.
const [LINKS, LOOKED_AT] = [24, 128]
const MEMORY_MB = { least: 64, most: 2_048 }
const CANCELLED = '57014'

/** Returns the name of a space's index, whether or not it exists. */
export function indexName(spaceId: string): string {
  return `${PREFIX}${BigInt(spaceId)}`
}

/**
 * Builds the index of the active space once it is filled and too large to compare every row, and drops
 * indexes of deleted spaces. Runs in one process at a time, on the external profile only, without blocking
 * reads or writes. An index left unfinished by a killed process is rebuilt.
 */
export async function indexSpace(indexing: Indexing): Promise<void> {
  const { database, signal } = indexing
  if (database.profile !== 'external' || signal.aborted) return
  const { pool } = database
  const left = await indexesWithoutSpace(pool)
  const space = await activeSpace(pool)
  const isWanted = space?.filledAt && (await wantsIndex(pool, space, indexing.exactValues))
  if (!isWanted && left.length === 0) return
  if (await sharesSessions(database.direct)) {
    indexing.logger.warn({ hint: NAME_DIRECT }, `no vector index is built: ${POOLED}`)
    return
  }
  // The lock and the settings of this connection end with it.
  const connection = await database.direct.connections.connect()
  const client = queryable(connection)
  try {
    if (!(await takeLock(client))) return
    for (const name of left) await client.query(`drop index concurrently if exists ${name}`)
    // Another process may have built it meanwhile.
    if (isWanted && (await wantsIndex(client, space, indexing.exactValues)))
      await build(client, space, indexing)
  } finally {
    connection.release(true)
  }
}

/** Drops the index of a space that is about to be emptied, because rows are then deleted faster. */
export async function dropIndex(pool: Pool, spaceId: string): Promise<void> {
  const name = indexName(spaceId)
  const { rows } = await pool.query<{ there: boolean }>(
    'select to_regclass($1) is not null as there',
    [name],
  )
  // Not with the settings of the pool, which need a transaction.
  const alone = queryable(pool.connections)
  if (rows[0]?.there) await alone.query(`drop index concurrently if exists ${name}`)
}

async function indexesWithoutSpace(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid
     where i.indrelid = 'embedding'::regclass and c.relname ~ ('^' || $1::text || '[0-9]+$')
       and not exists (select from embedding_space s where c.relname = $1::text || s.id)`,
    [PREFIX],
  )
  return rows.map(({ name }) => name)
}

async function wantsIndex(
  db: Queryable,
  space: Space,
  exactValues = EXACT_VALUES,
): Promise<boolean> {
  if (space.dimensions > MOST_DIMENSIONS) return false
  const most = Math.floor(exactValues / space.dimensions)
  const { rows } = await db.query<{ wanted: boolean }>(
    `select not exists (select from pg_index where indisvalid and indexrelid = to_regclass($1))
       and (select count(*) from (
         select from embedding where space_id = $2 limit $3) counted) = $3 as wanted`,
    [indexName(space.id), space.id, most + 1],
  )
  return rows[0]?.wanted ?? false
}

async function takeLock(client: Queryable): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(
    'select pg_try_advisory_lock(hashtext($1)) as taken',
    [LOCK],
  )
  return rows[0]?.taken ?? false
}

async function build(client: Queryable, space: Space, indexing: Indexing): Promise<void> {
  const { signal, logger } = indexing
  const dimensions = Math.trunc(space.dimensions)
  const memory = await giveMemory(client, space)
  const log = logger.child({ space: space.id, memory })
  const stopCancelling = await cancelOnAbort(client, indexing)
  try {
    log.info('building the vector index')
    // This process holds the lock, so an existing index is an unfinished one.
    await client.query(`drop index concurrently if exists ${indexName(space.id)}`)
    if (signal.aborted) return
    await client.query(
      `create index concurrently ${indexName(space.id)} on embedding
       using hnsw ((vector::halfvec(${dimensions})) halfvec_cosine_ops)
       with (m = ${LINKS}, ef_construction = ${LOOKED_AT}) where space_id = ${BigInt(space.id)}`,
    )
    log.info('the vector index is built')
  } catch (error) {
    if (!signal.aborted || (error as { code?: string }).code !== CANCELLED) throw error
  } finally {
    stopCancelling()
  }
}

async function giveMemory(client: Queryable, space: Space): Promise<string> {
  const { rows } = await client.query<{ rows: number }>(
    'select count(*)::int as rows from embedding where space_id = $1',
    [space.id],
  )
  const bytes = (rows[0]?.rows ?? 0) * (2 * space.dimensions + LINK_BYTES)
  const wanted = Math.max(Math.ceil(bytes / 2 ** 20), MEMORY_MB.least)
  const memory = `${Math.min(wanted, MEMORY_MB.most)}MB`
  // No parallel workers: they need shared memory, which is often scarce in containers.
  await client.query(
    `set maintenance_work_mem = '${memory}'; set max_parallel_maintenance_workers = 0`,
  )
  return memory
}

/** Cancels the build when the process shuts down. */
async function cancelOnAbort(client: Queryable, indexing: Indexing): Promise<() => void> {
  const { database, logger, signal } = indexing
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  function cancel(): void {
    database.pool
      .query('select pg_cancel_backend($1)', [rows[0]?.pid])
      .catch((error: unknown) => logger.warn({ err: error }, 'an index is built to its end'))
  }
  signal.addEventListener('abort', cancel)
  return () => signal.removeEventListener('abort', cancel)
}
