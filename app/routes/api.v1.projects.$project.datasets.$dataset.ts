import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { answer, check, methodRefusal, readBody } from '#app/api/answers.ts'
import { datasetChange, unknownDataset } from '#app/code/ingest/change-dataset.ts'
import { readDatasets } from '#app/code/ingest/read-datasets.ts'

export function loader({ params, context }: LoaderFunctionArgs) {
  const { run, scope } = context.reader
  return answer(context.logger, async () => {
    const [found] = await run((db) => readDatasets(db, scope, nameOf(params)))
    if (!found) throw unknownDataset(nameOf(params))
    return Response.json(found)
  })
}

/** Changes when the dataset is indexed again, and before or after what. */
export async function action({ request, params, context }: ActionFunctionArgs) {
  if (request.method !== 'PATCH') return methodRefusal('GET, PATCH')
  return answer(context.logger, async () => {
    const change = check(datasetChange, await readBody(request))
    return Response.json(await context.decisions.changeDataset(nameOf(params), change))
  })
}

function nameOf({ project = '', dataset = '' }: LoaderFunctionArgs['params']) {
  return { project, dataset }
}
