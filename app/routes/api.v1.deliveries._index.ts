import type { LoaderFunctionArgs } from '@remix-run/node'
import { answer, methodRefusal, readQuery } from '#app/api/answers.ts'
import { deliveriesQuery } from '#app/api/queries.ts'
import { readDeliveries } from '#app/webhooks/log/read-deliveries.ts'

/** Lists what GitHub's webhook brought, newest first. */
export function loader({ request, context }: LoaderFunctionArgs) {
  const { reader, logger } = context
  return answer(logger, async () => {
    const { installation: installationId, ...page } = readQuery(request, deliveriesQuery)
    const wanted = { installationId, ...page }
    return Response.json(await reader.run((db) => readDeliveries(db, reader.scope, wanted)))
  })
}

export function action() {
  return methodRefusal('GET')
}
