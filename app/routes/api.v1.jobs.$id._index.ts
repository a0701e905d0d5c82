import type { LoaderFunctionArgs } from '@remix-run/node'
import { answer, methodRefusal } from '#app/api/answers.ts'
import { readTimes } from '#app/ledger/views/run-times.ts'
import { readJobStatus } from '#app/sync/status/job-status.ts'

export function loader({ params, context }: LoaderFunctionArgs) {
  const { reader, logger } = context
  const { run, scope } = reader
  const id = params.id ?? ''
  return answer(logger, async () => {
    const job = await run((db) => readJobStatus(db, scope, id))
    return Response.json({ ...job, times: await run((db) => readTimes(db, scope, id)) })
  })
}

export function action() {
  return methodRefusal('GET')
}
