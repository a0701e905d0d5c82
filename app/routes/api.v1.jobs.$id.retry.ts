import type { ActionFunctionArgs } from '@remix-run/node'
import { answer, methodRefusal } from '#app/api/answers.ts'
import { readJob } from '#app/ledger/views/decide.ts'

export function loader() {
  return methodRefusal('POST')
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const { reader, decisions, logger } = context
  if (request.method !== 'POST') return methodRefusal('POST')
  return answer(logger, async () => {
    const id = params.id ?? ''
    await decisions.retryJob(id)
    return Response.json(await reader.run((db) => readJob(db, reader.scope, id)))
  })
}
