import type { LoaderFunctionArgs } from '@remix-run/node'
import { z } from 'zod'
import { answer, idText, limitText, methodRefusal, readQuery } from '../api/answers.ts'
import { readRepositories } from '../github/read-repositories.ts'

const query = z.strictObject({
  installation: idText.optional(),
  after: idText.optional(),
  limit: limitText(100, 500),
})

export function loader({ request, context }: LoaderFunctionArgs) {
  const { database, scope, logger } = context
  return answer(logger, async () => {
    const { installation, after, limit } = readQuery(request, query)
    const page = await readRepositories(database.pool, scope, {
      ...(installation !== undefined && { installationId: installation }),
      ...(after !== undefined && { after }),
      limit,
    })
    return Response.json(page)
  })
}

export function action() {
  return methodRefusal('GET')
}
