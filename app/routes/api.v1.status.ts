import type { LoaderFunctionArgs } from '@remix-run/node'
import { answer, methodRefusal } from '#app/api/answers.ts'
import { readStatus } from '#app/sync/status/status.ts'

export function loader({ context }: LoaderFunctionArgs) {
  const { config, logger, reader } = context
  return answer(logger, async () => Response.json(await readStatus(reader, { config, logger })))
}

export function action() {
  return methodRefusal('GET')
}
