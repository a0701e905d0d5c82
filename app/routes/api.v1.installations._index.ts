import type { LoaderFunctionArgs } from '@remix-run/node'
import { answer, methodRefusal } from '#app/api/answers.ts'
import { readSettings } from '#app/sync/settings/read-settings.ts'

export function loader({ context }: LoaderFunctionArgs) {
  const { reader, logger } = context
  return answer(logger, async () =>
    Response.json({
      installations: await reader.run((db) => readSettings(db, reader.scope)),
    }),
  )
}

export function action() {
  return methodRefusal('GET')
}
