import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { answer, methodRefusal, readBody, readQuery, refusal } from '#app/api/answers.ts'
import { dryRunQuery } from '#app/api/queries.ts'
import { readSettings } from '#app/sync/settings/read-settings.ts'

export function loader({ params, context }: LoaderFunctionArgs) {
  const { reader, logger } = context
  return answer(logger, async () => {
    const id = params.id ?? ''
    const [found] = /^\d{1,18}$/.test(id)
      ? await reader.run((db) => readSettings(db, reader.scope, id))
      : []
    return found
      ? Response.json(found)
      : refusal(404, `There is no installation ${id}`, 'GET /api/v1/installations lists them.')
  })
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const { decisions, logger } = context
  if (request.method !== 'PATCH') return methodRefusal('GET, PATCH')
  return answer(logger, async () => {
    const dryRun = readQuery(request, dryRunQuery).dry_run !== undefined
    const change = await readBody(request)
    return Response.json(await decisions.changeInstallation(params.id ?? '', change, { dryRun }))
  })
}
