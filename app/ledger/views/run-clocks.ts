/** Where the wall time of runs went, and what was settled in the last hour. */
import { z } from 'zod'
import { operated, type Scope } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { StageName } from '#app/queues/stages.ts'
import type { StepName } from '../steps.ts'
import { placeAt, WORK } from '../work.ts'

const milliseconds = z.number().min(0)

/** Milliseconds by the wall clock. The parts add up to `wallMs`. */
export const runClock = z.object({
  wallMs: milliseconds.describe('From the start to the end, or to now.'),
  githubMs: milliseconds.describe('Waiting for answers of GitHub.'),
  storingMs: milliseconds.describe('Storing its answers.'),
  transformMs: milliseconds,
  embeddingMs: milliseconds,
  queuedMs: milliseconds.describe('Work was due, and no worker had it in hand.'),
  pausedMs: milliseconds.describe(
    'Paused by a rate limit, of GitHub or of the embedding provider.',
  ),
  retryingMs: milliseconds.describe('Waiting for another attempt.'),
  unaccountedMs: milliseconds.describe('No process was there to tell.'),
})
export type RunClock = z.infer<typeof runClock>

type ClockRow = Omit<RunClock, 'unaccountedMs'> & { runId: string }

/** Returns the clock of each run that has started, by the run's id. */
export async function readClocks(
  db: Queryable,
  scope: Scope,
  runIds: string[],
): Promise<Record<string, RunClock>> {
  const { values, bind } = parametersOf([runIds])
  const { rows } = await db.query<ClockRow>(
    `select c.run_id, c.github_ms, c.storing_ms, c.paused_ms, c.retrying_ms, c.queued_ms, c.transform_ms, c.embedding_ms,
       (extract(epoch from coalesce(r.finished_at, case when c.told_at > clock_timestamp() - interval '5 s'
         then c.told_at else clock_timestamp() end) - r.started_at) * 1000 - c.ended_ms)::float8 as wall_ms
     from run_clock c join run r on r.id = c.run_id
     where c.run_id = any($1::bigint[]) and ${operated(scope, 'r.installation_id')(bind)}`,
    values,
  )
  return Object.fromEntries(rows.map(({ runId, ...row }) => [runId, withRest(row)]))
}

/** A clock that was told a moment after the end is cut to the parts, so that they add up. */
function withRest({ wallMs: measured, ...parts }: Omit<ClockRow, 'runId'>): RunClock {
  const told = Object.values(parts).reduce((sum, part) => sum + part, 0)
  const wallMs = Math.max(measured, told)
  return { ...parts, wallMs, unaccountedMs: wallMs - told }
}

/** Work items of an installation that were settled within the last hour, by step and stage. */
export interface LastHour {
  installationId: string
  step: StepName
  stage: StageName
  settled: number
}

/** Returns what all runs of each installation have settled within the last hour; nothing where that is nothing. */
export async function readLastHour(db: Queryable, scope: Scope): Promise<LastHour[]> {
  const { values, bind } = parametersOf()
  const { rows } = await db.query<{ installationId: string; position: number; settled: number }>(
    `with first as (
       select distinct on (m.run_id, m.position) m.installation_id, m.run_id, m.position, m.settled
       from stage_minute m
       where m.minute > clock_timestamp() - interval '1 hour'
         and ${operated(scope, 'm.installation_id')(bind)}
       order by m.run_id, m.position, m.minute
     )
     select f.installation_id, f.position::int as position, sum(s.done + s.failed + s.gaps
         - case when r.started_at > clock_timestamp() - interval '1 hour' then 0 else f.settled end)::int
         as settled
     from first f join stage s on s.run_id = f.run_id and s.position = f.position
       join run r on r.id = f.run_id
     group by f.installation_id, f.position
     having sum(s.done + s.failed + s.gaps
         - case when r.started_at > clock_timestamp() - interval '1 hour' then 0 else f.settled end) > 0
     order by 1, 2`,
    values,
  )
  return rows.map(({ installationId, position, settled }) => {
    const { step, stage } = WORK[placeAt(position)]
    return { installationId, step, stage, settled }
  })
}
