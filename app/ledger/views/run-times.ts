/** Where the time of a run went: by step and stage, and by repository. */
import { z } from 'zod'
import { operated, type Scope, seesNames, visible } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { STAGES } from '#app/queues/stages.ts'
import { STEPS } from '../steps.ts'
import { placeAt, WORK } from '../work.ts'
import { readClocks, runClock } from './run-clocks.ts'

const times = z.object({
  queuedMs: z.number(),
  pausedMs: z.number(),
  githubMs: z.number(),
  workingMs: z.number(),
})
/** Milliseconds, summed over batches; batches that run at the same time count each. */
export type Times = z.infer<typeof times>

export const runTimes = z.object({
  wall: runClock.nullable().describe('By the wall clock; null before the run has started.'),
  stages: z.array(
    times.extend({ step: z.enum(STEPS.map(({ name }) => name)), stage: z.enum(STAGES) }),
  ),
  repositories: z
    .array(times.extend({ name: z.string() }))
    .describe('Those that took most of the time, if you may see their names.'),
})
export type RunTimes = z.infer<typeof runTimes>

const REPOSITORIES_SHOWN = 5

export async function readTimes(db: Queryable, scope: Scope, runId: string): Promise<RunTimes> {
  const stages = await readStageTimes(db, scope, runId)
  return {
    wall: (await readClocks(db, scope, [runId]))[runId] ?? null,
    stages: stages.map(({ position, ...times }) => {
      const { step, stage } = WORK[placeAt(position)]
      return { ...times, step, stage }
    }),
    repositories: await readRepositoryTimes(db, scope, runId),
  }
}

/** A pause that has not ended counts as far as it has come: from the first item put back to now. */
async function readStageTimes(
  db: Queryable,
  scope: Scope,
  runId: string,
): Promise<(Times & { position: number })[]> {
  const { values, bind } = parametersOf([runId])
  const { rows } = await db.query<Times & { position: number }>(
    `with one as (
       select r.id from run r where r.id = $1 and ${operated(scope, 'r.installation_id')(bind)}
     ), part as (
       select t.position, t.queued_ms, t.paused_ms, t.github_ms, t.working_ms
       from repository_time t join one on one.id = t.run_id
       union all
       select w.position, 0, extract(epoch from least(max(w.not_before), clock_timestamp())
         - min(w.snoozed_at)) * 1000, 0, 0
       from work_item w join one on one.id = w.run_id
       where w.state = 'pending' and w.reason is not null and w.snoozed_at is not null
       group by w.position
     )
     select position::int as position, sum(queued_ms)::float8 as queued_ms,
       sum(paused_ms)::float8 as paused_ms, sum(github_ms)::float8 as github_ms,
       sum(working_ms)::float8 as working_ms
     from part group by 1 order by 1`,
    values,
  )
  return rows
}

async function readRepositoryTimes(
  db: Queryable,
  scope: Scope,
  runId: string,
): Promise<(Times & { name: string })[]> {
  const { values, bind } = parametersOf([runId, REPOSITORIES_SHOWN])
  const { rows } = await db.query<Times & { name: string }>(
    `select o.full_name as name, sum(t.queued_ms) as queued_ms, sum(t.paused_ms) as paused_ms,
       sum(t.github_ms) as github_ms, sum(t.working_ms) as working_ms
     from run r join repository_time t on t.run_id = r.id join repository o on o.id = t.repository_id
     where r.id = $1 and ${seesNames(scope, 'r.installation_id')(bind)} and ${visible(scope, 'o')(bind)}
     group by o.id, o.full_name
     order by sum(t.github_ms + t.working_ms) desc, o.full_name limit $2`,
    values,
  )
  return rows
}
