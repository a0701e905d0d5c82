import type { LoaderFunctionArgs } from '@remix-run/node'
import { answer, methodRefusal, readQuery } from '#app/api/answers.ts'
import { auditQuery } from '#app/api/queries.ts'
import { readAudit } from '#app/sync/status/audit-log.ts'

/** Lists who changed what, newest first. */
export function loader({ request, context }: LoaderFunctionArgs) {
  const { reader, logger } = context
  return answer(logger, async () => {
    const { installation, ...page } = readQuery(request, auditQuery)
    const wanted = { installationId: installation, ...page }
    return Response.json(await reader.run((db) => readAudit(db, reader.scope, wanted)))
  })
}

export function action() {
  return methodRefusal('GET')
}
