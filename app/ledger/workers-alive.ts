import type { Queryable } from '#app/database/pool.server.ts'
import type { StageName } from '#app/queues/stages.ts'
import { STAGES } from '#app/queues/stages.ts'

export type Slots = Record<StageName, number>

/** A worker whose last heartbeat is older than this counts as dead. */
const BEAT_TIMEOUT_MS = 30_000

/** Records a heartbeat of a worker process, with its slots. */
export async function beat(
  db: Queryable,
  worker: { id: string; host: string; pid: number; slots: Slots },
): Promise<void> {
  await db.query(
    `insert into worker (id, host, pid, slots) values ($1, $2, $3, $4)
     on conflict (id) do update set beat_at = clock_timestamp(), slots = excluded.slots`,
    [worker.id, worker.host, worker.pid, JSON.stringify(worker.slots)],
  )
}

/** Removes a worker that shuts down gracefully. */
export async function signOff(db: Queryable, workerId: string): Promise<void> {
  await db.query('delete from worker where id = $1', [workerId])
}

/** Returns the slots of all workers that are alive, added up. */
export async function slotsAlive(db: Queryable): Promise<Slots> {
  const { rows } = await db.query<{ stage: StageName; slots: number }>(
    `select slot.key as stage, sum(slot.value::int)::int as slots
     from worker w cross join jsonb_each_text(w.slots) slot
     where w.beat_at > clock_timestamp() - $1 * interval '1 millisecond'
     group by slot.key`,
    [BEAT_TIMEOUT_MS],
  )
  const alive = new Map(rows.map((row) => [row.stage, row.slots]))
  return Object.fromEntries(STAGES.map((stage) => [stage, alive.get(stage) ?? 0])) as Slots
}

export interface WorkerAlive {
  id: string
  host: string
  pid: number
  slots: Slots
  startedAt: string
  beatAt: string
}

/** Returns the workers that are alive, oldest first. */
export async function readWorkers(db: Queryable): Promise<WorkerAlive[]> {
  const { rows } = await db.query<Omit<WorkerAlive, 'startedAt' | 'beatAt'> & WorkerTimes>(
    `select id, host, pid, slots, started_at, beat_at from worker
     where beat_at > clock_timestamp() - $1 * interval '1 millisecond'
     order by started_at, id limit 100`,
    [BEAT_TIMEOUT_MS],
  )
  return rows.map(({ startedAt, beatAt, ...worker }) => ({
    ...worker,
    startedAt: startedAt.toISOString(),
    beatAt: beatAt.toISOString(),
  }))
}

interface WorkerTimes {
  startedAt: Date
  beatAt: Date
}
