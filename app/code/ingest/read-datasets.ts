/** Reads when datasets are indexed again. */
import { z } from 'zod'
import { operated, type Scope } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { type ScheduleRule, scheduleRule } from '#app/schedules/schedule-rules.ts'
import { describeSchedule } from '#app/schedules/schedule-words.ts'

/** The places of a dataset among the other work of its installation. */
export const PRIORITIES = ['first', 'between', 'last'] as const

/** Datasets that are listed at the most. */
const MOST = 500

const moment = z.iso.datetime().nullable()

export const datasetSettings = z.object({
  project: z.string(),
  dataset: z.string(),
  scope: z.enum(['project', 'shared']),
  schedule: z.object({
    rule: scheduleRule,
    words: z.string(),
    nextAt: moment,
  }),
  onPush: z.boolean().describe('True if it is indexed again after a push.'),
  priority: z.enum(PRIORITIES),
  lookedAt: moment.describe('When its branches were last looked up for the schedule.'),
  outcome: z.string().nullable().describe('What came of that, in words.'),
})
export type DatasetSettings = z.infer<typeof datasetSettings>

type Row = Omit<DatasetSettings, 'schedule'> & { rule: unknown; nextAt: string | null }

/** Returns the datasets in scope, in order of their names, or one of them; at most 500. */
export async function readDatasets(
  db: Queryable,
  scope: Scope,
  named: { project: string; dataset: string } | null = null,
): Promise<DatasetSettings[]> {
  const { values, bind } = parametersOf([named?.project ?? null, named?.dataset ?? null, MOST])
  const { rows } = await db.query<Row>(
    `select p.name as project, d.name as dataset, d.scope, d.rule, d.on_push, d.priority, d.outcome,
       to_char(d.next_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as next_at,
       to_char(d.looked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as looked_at
     from project p join dataset d on d.project_id = p.id
     where ${operated(scope, 'p.installation_id')(bind)}
       and ($1::text is null or p.name = $1) and ($2::text is null or d.name = $2)
     order by p.name, d.name limit $3`,
    values,
  )
  return rows.map(({ rule: stored, nextAt, ...row }) => {
    const rule: ScheduleRule = scheduleRule.safeParse(stored).data ?? { off: true }
    return { ...row, schedule: { rule, words: describeSchedule(rule), nextAt } }
  })
}
