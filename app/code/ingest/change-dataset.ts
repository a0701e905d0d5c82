/** The settings of a dataset: when it is indexed again, and before or after what. */
import { z } from 'zod'
import { type Actor, recordIn } from '#app/audit/record-entry.ts'
import { type ChangeScope, operated } from '#app/auth/scope.ts'
import { type OperatorError, RefusedError } from '#app/config/errors.server.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { notForgotten } from '#app/database/predicates.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { nextAfter, scheduleRule } from '#app/schedules/schedule-rules.ts'
import { type DatasetSettings, PRIORITIES, readDatasets } from './read-datasets.ts'

/** Schema of a change; omitted fields stay as they are. */
export const datasetChange = z.strictObject({
  schedule: scheduleRule.optional().describe('When its branches are looked up by themselves.'),
  onPush: z
    .boolean()
    .optional()
    .describe('True to look them up after each push as well, to a repository of an installation.'),
  priority: z
    .enum(PRIORITIES)
    .optional()
    .describe('Before or after the other work of its installation.'),
})
export type DatasetChange = z.infer<typeof datasetChange>

export interface DatasetName {
  project: string
  dataset: string
}

/**
 * Changes the settings of a dataset.
 *
 * @throws RefusedError if there is no such dataset in scope, or a value cannot be.
 */
export async function changeDataset(
  pool: Pool,
  { scope, actor }: { scope: ChangeScope; actor: Actor },
  { project, dataset }: DatasetName,
  change: DatasetChange,
): Promise<DatasetSettings> {
  const next = nextOf(change)
  return transaction(pool, async (tx) => {
    const { values, bind } = parametersOf([project, dataset])
    const { rows } = await tx.query<{ id: string; installationId: string }>(
      `select d.id, p.installation_id from project p join dataset d on d.project_id = p.id
       where p.name = $1 and d.name = $2 and ${operated(scope, 'p.installation_id')(bind)}
       for update of d`,
      values,
    )
    const [found] = rows
    if (!found) throw unknownDataset({ project, dataset })
    if (change.onPush) await needPushes(tx, found.id, dataset)
    await tx.query(
      `update dataset set priority = coalesce($2, priority), on_push = coalesce($3, on_push),
         rule = case when $4::jsonb is null then rule when $4::jsonb ? 'off' then null else $4::jsonb end,
         next_at = case when $4::jsonb is null then next_at else $5::timestamptz end
       where id = $1`,
      [
        found.id,
        change.priority ?? null,
        change.onPush ?? null,
        change.schedule ? JSON.stringify(change.schedule) : null,
        next,
      ],
    )
    await recordIn(tx, {
      ...{ actor, action: 'code.changed', installationId: found.installationId },
      ...{ subject: `${project}/${dataset}`, details: { change } },
    })
    const [settings] = await readDatasets(tx, scope, { project, dataset })
    if (!settings) throw unknownDataset({ project, dataset })
    return settings
  })
}

/** @throws RefusedError if the schedule is not valid. */
function nextOf({ schedule }: DatasetChange): Date | null {
  if (!schedule) return null
  try {
    return nextAfter(schedule, new Date())
  } catch (error) {
    const { message, hint } = error as OperatorError
    throw new RefusedError('invalid', `schedule: ${message}`, hint)
  }
}

async function needPushes(tx: Queryable, datasetId: string, dataset: string): Promise<void> {
  const { rows } = await tx.query(
    `select from code_ref r where r.dataset_id = $1 and r.repository_id is not null
       and ${notForgotten('r')} limit 1`,
    [datasetId],
  )
  if (rows.length > 0) return
  throw new RefusedError(
    'invalid',
    `onPush: no installation copies a repository of ${dataset}, so nobody says when it is pushed to`,
    'Give it a schedule.',
  )
}

export function unknownDataset({ project, dataset }: DatasetName): RefusedError {
  return new RefusedError(
    'unknown',
    `The project ${project} has no dataset ${dataset}`,
    '`whence projects` lists what is ingested.',
  )
}
