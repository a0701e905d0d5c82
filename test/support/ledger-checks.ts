import { expect, vi } from 'vitest'
import type { Database } from '#app/database/database.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { type RequestedRun, requestRun } from '#app/ledger/runs.ts'
import type { Services } from '#server/services/services.ts'
import { startWorkers, type WorkerProcess } from '#workers/index.ts'
import { rehearsalHandlers, seedOf } from './rehearsal.ts'

export const EVERYTHING = {
  mode: 'full',
  since: 'all',
  repositories: null,
  maxPrs: null,
} as const

/** Leases and sweeps that are short enough to expire during a test. */
export const QUICK = { lease: 3_000, renew: 500, heartbeat: 500, sweep: 100, unclaimed: 2_000 }

export async function requestEverything(
  database: Database,
  installationId: string,
): Promise<RequestedRun> {
  return requestRun(database.pool, installationId, 'cli', EVERYTHING)
}

export async function startRehearsal(
  services: Services,
  options: Parameters<typeof rehearsalHandlers>[0] & { slots?: number },
): Promise<WorkerProcess> {
  const slots = options.slots ?? 4
  return startWorkers({
    ...services,
    handlers: rehearsalHandlers(options),
    initialItems: seedOf(options.size),
    slots: { extraction: slots, transform: slots, embedding: slots },
    timings: QUICK,
  })
}

const OPEN = ['queued', 'running', 'paused']

/** Waits until a run has ended. @returns its state. */
export async function runEnded(db: Queryable, runId: string, timeout = 50_000): Promise<string> {
  return vi.waitFor(
    async () => {
      const { rows } = await db.query<{ state: string }>('select state from run where id = $1', [
        runId,
      ])
      expect(OPEN, `the run is ${rows[0]?.state}`).not.toContain(rows[0]?.state)
      return rows[0]?.state as string
    },
    { timeout, interval: 50 },
  )
}

/** Logs every change of a timestamp, so that a test can check that each is set exactly once. */
export async function watchMoments(db: Queryable): Promise<void> {
  await db.query(`
    create table moment_log (run_id bigint, position int, moment text, at timestamptz);
    create function log_stage_moments() returns trigger language plpgsql as $$ begin
      if new.first_item_at is distinct from old.first_item_at then
        insert into moment_log values (new.run_id, new.position, 'first_item', new.first_item_at);
      end if;
      if new.last_item_at is distinct from old.last_item_at then
        insert into moment_log values (new.run_id, new.position, 'last_item', new.last_item_at);
      end if;
      return new;
    end $$;
    create trigger moments after update on stage for each row execute function log_stage_moments();
    create function log_run_moments() returns trigger language plpgsql as $$ begin
      if new.last_job_item_at is distinct from old.last_job_item_at then
        insert into moment_log values (new.id, null, 'last_job_item', new.last_job_item_at);
      end if;
      return new;
    end $$;
    create trigger moments after update on run for each row execute function log_run_moments();`)
}

/** Expects each stage's first_item and last_item and the run's last_job_item to be set once, in order. */
export async function expectMomentsOnce(db: Queryable, runId: string): Promise<void> {
  const { rows } = await db.query<{ position: number | null; moment: string; at: Date }>(
    'select position, moment, at from moment_log where run_id = $1 order by position, moment, at',
    [runId],
  )
  const names = rows.map((row) => `${row.position ?? 'run'} ${row.moment}`)
  const expected = [1, 2, 3, 4, 5, 6].flatMap((n) => [`${n} first_item`, `${n} last_item`])
  expect(names).toEqual([...expected, 'run last_job_item'])
  const at = (position: number | null, moment: string) =>
    rows.find((row) => row.position === position && row.moment === moment)?.at as Date
  const end = at(null, 'last_job_item')
  for (let position = 1; position <= 6; position++) {
    expect(at(position, 'first_item') <= at(position, 'last_item')).toBe(true)
    expect(at(position, 'last_item') <= end).toBe(true)
  }
}

interface CountedStage {
  position: number
  total: number
  done: number
  failed: number
  gaps: number
  cancelled: number
  open: number
  items: number
  doneItems: number
  failedItems: number
  gapItems: number
  cancelledItems: number
  openItems: number
}

/** Expects the counters of every stage to match the rows of its items. */
export async function expectCountersTrue(db: Queryable, runId: string): Promise<void> {
  const { rows } = await db.query<CountedStage>(
    `select s.position, s.total, s.done, s.failed, s.gaps, s.cancelled, s.open,
       count(w.id)::int as items,
       (count(*) filter (where w.state = 'done'))::int as done_items,
       (count(*) filter (where w.state = 'failed'))::int as failed_items,
       (count(*) filter (where w.state = 'gap'))::int as gap_items,
       (count(*) filter (where w.state = 'cancelled'))::int as cancelled_items,
       (count(*) filter (where w.state in ('pending', 'queued', 'running')))::int as open_items
     from stage s left join work_item w on w.run_id = s.run_id and w.position = s.position
     where s.run_id = $1 group by s.run_id, s.position order by s.position`,
    [runId],
  )
  for (const row of rows) {
    const { position, total, done, failed, gaps, cancelled, open } = row
    expect({ position, total, done, failed, gaps, cancelled, open }).toEqual({
      position,
      total: row.items,
      done: row.doneItems,
      failed: row.failedItems,
      gaps: row.gapItems,
      cancelled: row.cancelledItems,
      open: row.openItems,
    })
  }
}
