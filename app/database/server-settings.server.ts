import type { Queryable } from './pool.server.ts'

/** A setting of the server that determines speed or durability. */
interface ServerSetting {
  name: string
  /** With its unit: `128MB`. */
  value: string
}

const NAMES = [
  'server_version',
  'fsync',
  'full_page_writes',
  'synchronous_commit',
  'jit',
  'shared_buffers',
  'work_mem',
  'maintenance_work_mem',
  'effective_cache_size',
  'max_wal_size',
  'random_page_cost',
  'max_parallel_workers_per_gather',
  'autovacuum',
]

/** Returns the settings that apply to the connection. */
export async function readServerSettings(db: Queryable): Promise<ServerSetting[]> {
  const { rows } = await db.query<ServerSetting>(
    `select name, current_setting(name) as value from unnest($1::text[]) with ordinality n (name, place)
     order by place`,
    [NAMES],
  )
  return rows
}

/** Returns how many connections the server accepts from those who are not superusers. */
export async function readMostConnections(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ most: number }>(
    `select current_setting('max_connections')::int
       - current_setting('superuser_reserved_connections')::int as most`,
  )
  return rows[0]?.most ?? 0
}

const COSTLY: Record<string, { value: string; cost: string; hint: string }> = {
  fsync: {
    value: 'off',
    cost: 'a power cut can destroy the database',
    hint: 'Set fsync = on.',
  },
  full_page_writes: {
    value: 'off',
    cost: 'a power cut can destroy the database',
    hint: 'Set full_page_writes = on.',
  },
  synchronous_commit: {
    value: 'off',
    cost: 'a crash loses the last changes, which the sync believes to be stored',
    hint: 'Set synchronous_commit = on.',
  },
  autovacuum: {
    value: 'off',
    cost: 'tables and indexes grow, and every search becomes slower',
    hint: 'Set autovacuum = on.',
  },
}

/** Returns the settings that cost data or speed, with what they cost and what to do. */
export function costlySettings(
  settings: ServerSetting[],
): { name: string; value: string; cost: string; hint: string }[] {
  return settings.flatMap(({ name, value }) => {
    const costly = COSTLY[name]
    return costly?.value === value ? [{ name, ...costly }] : []
  })
}
