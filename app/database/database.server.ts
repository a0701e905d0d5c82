import { runMigrations } from 'bullmq'
import pg from 'pg'
import type { Profile } from '#app/config/env.server.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { outsideRequests } from '#app/config/request-id.server.ts'
import type { PrismaClient } from '#app/generated/prisma/client.ts'
import { boundedPool } from './bounded-pool.server.ts'
import {
  createDatabase,
  databaseFolder,
  explainFolder,
  hasDatabase,
} from './folder/embedded-folder.server.ts'
import { closeToOthers } from './folder/folder-access.server.ts'
import { shareSession } from './pglite/share-session.server.ts'
import { type Backend, type PgliteOptions, startPglite } from './pglite/start-pglite.server.ts'
import { type Limits, type Pool, poolOf, queryable } from './pool.server.ts'
import { explainDatabase } from './problems.server.ts'
import { guardPool } from './transaction.server.ts'

export interface Database {
  profile: Profile['kind']
  /** For workers and commands. The embedded database has one pool for everything. */
  pool: Pool
  /** For requests: what they wait for has time limits, so that no worker waits for their connections. */
  web: Pool
  /** For what goes on while everything else waits: health checks, heartbeats, claims, the renewal of leases. */
  vital: Pool
  /**
   * The same database past a pooler, if `DATABASE_DIRECT_URL` names it: for migrations, and where a session has
   * to last. Otherwise it is the pool itself.
   */
  direct: Pool
  /**
   * Returns the Prisma client, for the small tables, with the connections and the limits of requests. Opened on
   * first use: most processes never need it.
   */
  prisma(): Promise<PrismaClient>
  /** The embedded database itself, for dumping a template; null on a server. */
  backend: Backend | null
  close(): Promise<void>
}

const CONNECT_MS = 10_000
/** How long a request or a health check waits for a connection. */
const SHORT_WAIT_MS = 2_000
const POOL_SIZES = { web: 8, work: 12, health: 2 }
/** A worker that waits this long for a lock puts its work back; its leases are renewed meanwhile. */
const WORK_LIMITS = { lockMs: 5_000 }
/** For the writes of requests; their readers have limits of their own. */
const WEB_LIMITS = { statementMs: 10_000, lockMs: 2_000 } satisfies Limits
const VITAL_LIMITS = { statementMs: 2_000, lockMs: 1_000 } satisfies Limits
// Settings belong to a transaction and never to a connection: a pooler refuses start-up parameters, and
// gives the session to another client. A process that hangs, or loses its network, in the middle of a
// transaction would keep its locks and block every other worker; no transaction of ours is idle for ten
// seconds. Compiling a search (JIT) takes ten times as long as running it.
const TRANSACTION_SETTINGS =
  'set local idle_in_transaction_session_timeout = 10000; set local jit = off'

/**
 * Opens the database of a profile. Both profiles provide a `pg.Pool`.
 *
 * @throws OperatorError if it is unreachable, too old or lacks an extension.
 */
export async function openDatabase(profile: Profile, logger: Logger): Promise<Database> {
  return profile.kind === 'external'
    ? openServer(profile.databaseUrl, logger, profile)
    : openFolder(profile.dataDir, logger)
}

/**
 * Connects to a PostgreSQL server and checks that Whence can use it. A pool connects when it is first used, so a
 * process opens the connections that it needs.
 *
 * @param options.directUrl the address of the server itself, where the other one is that of a pooler.
 */
export async function openServer(
  databaseUrl: string,
  logger: Logger,
  { directUrl = null, poolSizes = POOL_SIZES }: Partial<Server> = {},
): Promise<Database> {
  const open = (max: number, waitMs: number, url = databaseUrl) =>
    connectionsTo(url, { max, connectionTimeoutMillis: waitMs }, logger)
  const work = open(poolSizes.work, CONNECT_MS)
  const web = open(poolSizes.web, SHORT_WAIT_MS)
  const vital = open(poolSizes.health, SHORT_WAIT_MS)
  const direct = directUrl ? open(2, CONNECT_MS, directUrl) : work
  const close = async () =>
    void (await Promise.all([...new Set([work, web, vital, direct])].map(end)))
  try {
    await checkPostgres(work, logger)
  } catch (error) {
    await close()
    throw error
  }
  const webPool = boundedPool(web, TRANSACTION_SETTINGS, WEB_LIMITS)
  return {
    profile: 'external',
    pool: boundedPool(work, TRANSACTION_SETTINGS, WORK_LIMITS),
    web: webPool,
    vital: boundedPool(vital, TRANSACTION_SETTINGS, VITAL_LIMITS),
    direct: poolOf(direct, TRANSACTION_SETTINGS),
    prisma: onceAsked(webPool),
    backend: null,
    close,
  }
}

type Server = Pick<Profile & { kind: 'external' }, 'directUrl' | 'poolSizes'>

function connectionsTo(connectionString: string, config: pg.PoolConfig, logger: Logger): pg.Pool {
  return openConnections({ connectionString, ...config }, logger)
}

function end(connections: pg.Pool): Promise<void> {
  return connections.end()
}

async function checkPostgres(connections: pg.Pool, logger: Logger): Promise<void> {
  const db = queryable(connections, { timeoutMs: CONNECT_MS })
  const { rows } = await db
    .query<{ major: number; vector: string | null; trigrams: string | null }>(
      `select current_setting('server_version_num')::int / 10000 as major,
        (select default_version from pg_available_extensions where name = 'vector') as vector,
        (select default_version from pg_available_extensions where name = 'pg_trgm') as trigrams`,
    )
    .catch((cause: Error) => {
      throw explainDatabase(cause)
    })
  const { major, vector, trigrams } = rows[0] as (typeof rows)[0]
  if (major < 15)
    throw new OperatorError(`PostgreSQL ${major} is too old`, 'Use PostgreSQL 15 or newer.')
  if (!vector)
    throw new OperatorError(
      'The PostgreSQL server does not have pgvector',
      "Install the extension 'vector' (pgvector 0.8 or newer) on that server.",
    )
  if (!trigrams)
    throw new OperatorError(
      'The PostgreSQL server does not have pg_trgm',
      "Install the extension 'pg_trgm', which comes with PostgreSQL (the package is often called postgresql-contrib), on that server.",
    )
  const [, minor = 0, patch = 0] = String(vector).split('.').map(Number)
  if (minor < 8 && String(vector).startsWith('0.'))
    throw new OperatorError(`pgvector ${vector} is too old`, 'Install pgvector 0.8 or newer.')
  if (String(vector).startsWith('0.8') && patch < 7)
    logger.warn(`pgvector ${vector} has known vulnerabilities: install 0.8.7 or newer`)
}

async function openFolder(dataDir: string, logger: Logger): Promise<Database> {
  try {
    if (!hasDatabase(dataDir)) {
      logger.info({ dataDir }, 'creating the embedded database')
      await createDatabase(dataDir, async (folder) => {
        const created = await openPglite({ dataDir: folder }, logger)
        await created.close()
      })
    }
    await closeToOthers(databaseFolder(dataDir))
    return await openPglite({ dataDir: databaseFolder(dataDir) }, logger)
  } catch (cause) {
    throw await explainFolder(dataDir, cause as NodeJS.ErrnoException)
  }
}

/** Opens PGlite; starts faster from a migrated template. */
export async function openPglite(options: PgliteOptions, logger: Logger): Promise<Database> {
  const backend = await startPglite(options)
  // Each queue opens several BullMQ backends, and each adds an error listener to the shared pool. The stream
  // is not a socket: PGSSLMODE, meant for a server, must not make a client request TLS from it.
  const config = { stream: shareSession(backend), ssl: false, max: 64 } as pg.PoolConfig
  const connections = openConnections(config, logger)
  connections.setMaxListeners(64)
  async function close(): Promise<void> {
    await connections.end()
    await backend.close()
  }
  const pool = poolOf(connections)
  const all = { pool, web: pool, vital: pool, direct: pool }
  return { profile: 'embedded', ...all, prisma: onceAsked(pool), backend, close }
}

/** Creates BullMQ's own tables in the schema `bullmq` of the embedded database. */
export async function migrateQueue(database: Database): Promise<void> {
  if (database.profile === 'external') return
  const client = await database.pool.connections.connect()
  try {
    await runMigrations(client as unknown as Parameters<typeof runMigrations>[0])
  } finally {
    client.release()
  }
}

function openConnections(config: pg.PoolConfig, logger: Logger): pg.Pool {
  const pool = guardPool(new pg.Pool(config))
  // The pool only handles errors of idle clients. An error inside a transaction would end the process, as any
  // error event without a listener does.
  pool.on('connect', (client) =>
    // The connection was opened for some request, and outlives it.
    client.on('error', (error) =>
      outsideRequests(() => logger.warn({ err: error }, 'a database connection was lost')),
    ),
  )
  pool.on('error', () => {})
  return pool
}

/** Loading and opening Prisma takes half a second and 60 MB. */
function onceAsked(pool: Pool): Database['prisma'] {
  let opened: Promise<PrismaClient> | undefined
  return () => {
    opened ??= import('./prisma.server.ts').then(({ openPrisma }) => openPrisma(pool))
    return opened
  }
}
