import type { Queryable } from '#app/database/pool.server.ts'
import type { StageName } from '#app/queues/stages.ts'
import { STAGES } from '#app/queues/stages.ts'

export type Slots = Record<StageName, number>

/** A worker whose last heartbeat is older than this counts as dead. */
const HEARTBEAT_TIMEOUT_MS = 30_000

/** Records a heartbeat of a worker process, with its slots. */
export async function heartbeat(
  db: Queryable,
  worker: { id: string; host: string; pid: number; slots: Slots },
): Promise<void> {
  await db.query(
    `insert into worker (id, host, pid, slots) values ($1, $2, $3, $4)
     on conflict (id) do update set heartbeat_at = clock_timestamp(), slots = excluded.slots`,
    [worker.id, worker.host, worker.pid, JSON.stringify(worker.slots)],
  )
}

/** Removes a worker that shuts down gracefully. */
export async function signOff(db: Queryable, workerId: string): Promise<void> {
  await db.query('delete from worker where id = $1', [workerId])
}

/** Returns the slots of all workers that are alive, added up. */
export async function activeSlots(db: Queryable): Promise<Slots> {
  const { rows } = await db.query<{ stage: StageName; slots: number }>(
    `select slot.key as stage, sum(slot.value::int)::int as slots
     from worker w cross join jsonb_each_text(w.slots) slot
     where w.heartbeat_at > clock_timestamp() - $1 * interval '1 millisecond'
     group by slot.key`,
    [HEARTBEAT_TIMEOUT_MS],
  )
  const active = new Map(rows.map((row) => [row.stage, row.slots]))
  return Object.fromEntries(STAGES.map((stage) => [stage, active.get(stage) ?? 0])) as Slots
}

/** Returns true if a worker that is alive started at least this long ago. */
export async function hasWorkerOlderThan(db: Queryable, ms: number): Promise<boolean> {
  const { rows } = await db.query<{ found: boolean }>(
    `select exists (select from worker
       where heartbeat_at > clock_timestamp() - $1 * interval '1 millisecond'
         and started_at < clock_timestamp() - $2 * interval '1 millisecond') as found`,
    [HEARTBEAT_TIMEOUT_MS, ms],
  )
  return rows[0]?.found ?? false
}

export interface ActiveWorker {
  id: string
  host: string
  pid: number
  slots: Slots
  startedAt: string
  heartbeatAt: string
}

/** Returns the workers that are alive, oldest first. */
export async function readWorkers(db: Queryable): Promise<ActiveWorker[]> {
  const { rows } = await db.query<Omit<ActiveWorker, 'startedAt' | 'heartbeatAt'> & WorkerTimes>(
    `select id, host, pid, slots, started_at, heartbeat_at from worker
     where heartbeat_at > clock_timestamp() - $1 * interval '1 millisecond'
     order by started_at, id limit 100`,
    [HEARTBEAT_TIMEOUT_MS],
  )
  return rows.map(({ startedAt, heartbeatAt, ...worker }) => ({
    ...worker,
    startedAt: startedAt.toISOString(),
    heartbeatAt: heartbeatAt.toISOString(),
  }))
}

interface WorkerTimes {
  startedAt: Date
  heartbeatAt: Date
}
