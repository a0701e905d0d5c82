import { operatorScope } from '#app/auth/scope.ts'
import { changeDataset, datasetChange, unknownDataset } from '#app/code/ingest/change-dataset.ts'
import { deleteCode } from '#app/code/ingest/delete-code.ts'
import { openIngest } from '#app/code/ingest/open-ingest.ts'
import { type DatasetSettings, readDatasets } from '#app/code/ingest/read-datasets.ts'
import { readIngested } from '#app/code/views/projects.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import { parseSchedule } from '#app/schedules/schedule-words.ts'
import { cliActor } from './actor.ts'
import { type CommandContext, print } from './context.ts'
import { countOf } from './count-of.ts'
import { withDatabase } from './with-database.ts'

/** Lists what is ingested. */
export async function listProjects(
  context: CommandContext,
  { json }: { json: boolean },
): Promise<number> {
  return withDatabase(context, async ({ pool }) => {
    const refs = await readIngested(pool, operatorScope())
    if (json) await print(context, JSON.stringify({ refs }, null, 2))
    else if (refs.length === 0) await print(context, 'No code is ingested')
    for (const one of json ? [] : refs) {
      const state = one.oid
        ? `${one.oid.slice(0, 12)}, ${countOf(one.files, 'file')}, ${countOf(one.chunks, 'chunk')}`
        : 'not ingested yet'
      await print(
        context,
        `${one.project}/${one.dataset}  ${one.repository} (${one.branch}): ${state}`,
      )
    }
    return 0
  })
}

export interface DeleteOptions {
  project: string
  dataset?: string
  repo?: string
  json: boolean
}

/** Deletes a dataset, or a repository in all datasets of a project. */
export async function deleteProject(
  context: CommandContext,
  { project, dataset, repo, json }: DeleteOptions,
): Promise<number> {
  if ((dataset === undefined) === (repo === undefined))
    throw new OperatorError('Name either a dataset or a repository', 'Use --dataset or --repo.')
  return withDatabase(context, async ({ pool }) => {
    const deleting = openIngest({ pool, config: context.config, github: null })
    const deletion = await deleteCode(deleting, {
      ...{ scope: operatorScope(), actor: cliActor(), signal: context.signal, project },
      wanted: { ...(dataset !== undefined && { dataset }), ...(repo !== undefined && { repo }) },
    })
    if (json) await print(context, JSON.stringify(deletion, null, 2))
    else
      await print(context, `Deleted ${dataset ?? repo} with ${countOf(deletion.chunks, 'chunk')}`)
    return 0
  })
}

export interface DatasetOptions {
  project: string
  dataset: string
  /** As people write it. */
  schedule?: string
  onPush?: boolean
  priority?: string
  json: boolean
}

/** Changes when a dataset is indexed again, or shows it if nothing is to be changed. */
export async function setDataset(
  context: CommandContext,
  { project, dataset, json, schedule, ...change }: DatasetOptions,
): Promise<number> {
  const wanted = datasetChange.safeParse({
    ...change,
    ...(schedule !== undefined && { schedule: parseSchedule(schedule) }),
  })
  if (wanted.error) {
    const [issue] = wanted.error.issues
    throw new OperatorError(
      `${issue?.path.join('.')}: ${issue?.message}`,
      '`whence projects set --help` says what it takes.',
    )
  }
  return withDatabase(context, async ({ pool }) => {
    const [scope, name] = [operatorScope(), { project, dataset }]
    const [found] =
      Object.keys(wanted.data).length > 0
        ? [await changeDataset(pool, { scope, actor: cliActor() }, name, wanted.data)]
        : await readDatasets(pool, scope, name)
    if (!found) throw unknownDataset(name)
    await print(context, json ? JSON.stringify(found, null, 2) : describe(found))
    return 0
  })
}

function describe({ project, dataset, schedule, onPush, priority, outcome }: DatasetSettings) {
  const next = schedule.nextAt ? `, next at ${schedule.nextAt}` : ''
  return [
    `${project}/${dataset}`,
    `  schedule: ${schedule.words}${next}`,
    `  on push: ${onPush ? 'yes' : 'no'}`,
    `  priority: ${priority}`,
    ...(outcome ? [`  last time: ${outcome}`] : []),
  ].join('\n')
}
