import type { LoaderFunctionArgs } from '@remix-run/node'
import { answer, methodRefusal } from '#app/api/answers.ts'
import { readJob } from '#app/ledger/views/decide.ts'

export function loader({ params, context }: LoaderFunctionArgs) {
  const { reader, logger } = context
  return answer(logger, async () =>
    Response.json(await reader.run((db) => readJob(db, reader.scope, params.id ?? ''))),
  )
}

export function action() {
  return methodRefusal('GET')
}
