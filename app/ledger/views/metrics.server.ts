import { operated, type Scope } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isActiveRun } from '#app/database/predicates.ts'
import { PRIORITY_BOUNDS, type StageName } from '#app/queues/stages.ts'
import type { StepName } from '../steps.ts'
import { placeAt, WORK } from '../work.ts'

/** The summed counters of an installation's open runs. */
export interface StageCount {
  installation: string
  step: StepName
  stage: StageName
  total: number
  done: number
  failed: number
  gaps: number
  cancelled: number
  open: number
}

/** Limits the installations in one scrape; the newest ones beyond it are left out. */
const INSTALLATIONS = 200

export async function countOpenStages(db: Queryable, scope: Scope): Promise<StageCount[]> {
  const { values, bind } = parametersOf([INSTALLATIONS])
  const { rows } = await db.query<Omit<StageCount, 'step' | 'stage'> & { position: number }>(
    `with shown as (
       select distinct installation_id as id from run
       where ${isActiveRun('run')} and ${operated(scope, 'installation_id')(bind)}
       order by 1 limit $1)
     select r.installation_id as installation, s.position, sum(s.total)::int as total,
       sum(s.done)::int as done, sum(s.failed)::int as failed, sum(s.gaps)::int as gaps,
       sum(s.cancelled)::int as cancelled, sum(s.open)::int as open
     from shown join run r on r.installation_id = shown.id and ${isActiveRun('r')}
       join stage s on s.run_id = r.id
     group by 1, 2 order by 1, 2`,
    values,
  )
  return rows.map(({ position, ...counts }) => {
    const { step, stage } = WORK[placeAt(position)]
    return { ...counts, step, stage }
  })
}

/**
 * Returns, for each stage with pending items, the seconds since the oldest one was inserted. Costs one index
 * probe per open stage and priority, regardless of the number of items.
 */
export async function oldestPending(db: Queryable, scope: Scope): Promise<Map<StageName, number>> {
  const { values, bind } = parametersOf()
  const { rows } = await db.query<{ stage: StageName; seconds: number }>(
    `select s.stage, greatest(0, extract(epoch from clock_timestamp() - min(first.created_at)))::float
       as seconds
     from run r join stage s on s.run_id = r.id and s.open > 0
       cross join generate_series(${PRIORITY_BOUNDS.lowest}, ${PRIORITY_BOUNDS.highest}) level
       cross join lateral (
         select w.created_at from work_item w
         where w.run_id = s.run_id and w.position = s.position and w.priority = level
           and w.state = 'pending' and w.id not in (select unnest(items) from batch)
         order by w.id limit 1) first
     where ${isActiveRun('r')}
       and ${operated(scope, 'r.installation_id')(bind)}
     group by s.stage`,
    values,
  )
  return new Map(rows.map((row) => [row.stage, row.seconds]))
}
