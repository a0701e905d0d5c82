import type { LoaderFunctionArgs } from '@remix-run/node'
import { answer, methodRefusal, readQuery } from '#app/api/answers.ts'
import { logQuery } from '#app/api/queries.ts'
import { readJobLog } from '#app/ledger/views/decide.ts'

/** Tells what happened in a job, oldest first. */
export function loader({ request, params, context }: LoaderFunctionArgs) {
  const { reader, logger } = context
  return answer(logger, async () => {
    const { after, level, limit } = readQuery(request, logQuery)
    const page = { runId: params.id ?? '', after, level, limit }
    return Response.json(await reader.run((db) => readJobLog(db, reader.scope, page)))
  })
}

export function action() {
  return methodRefusal('GET')
}
