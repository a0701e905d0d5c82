import type { LoaderFunctionArgs } from '@remix-run/node'
import { answer, methodRefusal, readQuery } from '#app/api/answers.ts'
import { repositoriesQuery } from '#app/api/queries.ts'
import { readRepositories } from '#app/archive/repositories.ts'

export function loader({ request, context }: LoaderFunctionArgs) {
  const { reader, logger } = context
  return answer(logger, async () => {
    const { installation, after, limit } = readQuery(request, repositoriesQuery)
    const shape = {
      ...(installation !== undefined && { installationId: installation }),
      ...(after !== undefined && { after }),
      limit,
    }
    return Response.json(await reader.run((db) => readRepositories(db, reader.scope, shape)))
  })
}

export function action() {
  return methodRefusal('GET')
}
