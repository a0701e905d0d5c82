import type { ActionFunctionArgs } from '@remix-run/node'
import { answer, methodRefusal } from '#app/api/answers.ts'
import { readDelivery } from '#app/webhooks/log/read-deliveries.ts'

export function loader() {
  return methodRefusal('POST')
}

/** Has a delivery handled once more. */
export async function action({ request, params, context }: ActionFunctionArgs) {
  const { reader, decisions, logger } = context
  if (request.method !== 'POST') return methodRefusal('POST')
  return answer(logger, async () => {
    const id = params.id ?? ''
    await decisions.handleAgain(id)
    return Response.json(await reader.run((db) => readDelivery(db, reader.scope, id)))
  })
}
