import type { ActionFunctionArgs } from '@remix-run/node'
import { answer, methodRefusal } from '#app/api/answers.ts'
import { cancelJob, readJob } from '#app/ledger/views/decide.ts'

export function loader() {
  return methodRefusal('POST')
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const { database, scope, logger } = context
  if (request.method !== 'POST') return methodRefusal('POST')
  return answer(logger, async () => {
    const id = params.id ?? ''
    await cancelJob(database.pool, scope, id)
    return Response.json(await readJob(database.pool, scope, id))
  })
}
