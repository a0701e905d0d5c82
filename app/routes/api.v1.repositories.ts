import type { LoaderFunctionArgs } from '@remix-run/node'
import { answer, methodRefusal, readQuery } from '#app/api/answers.ts'
import { repositoriesQuery } from '#app/api/queries.ts'
import { readRepositories } from '#app/archive/repositories.ts'
import { readUnread, type UnreadRepository } from '#app/sync/window/unread-repositories.ts'

export function loader({ request, context }: LoaderFunctionArgs) {
  const { reader, logger } = context
  return answer(logger, async () => {
    const { installation, after, limit } = readQuery(request, repositoriesQuery)
    const shape = {
      ...(installation !== undefined && { installationId: installation }),
      ...(after !== undefined && { after }),
      limit,
    }
    const listed = await reader.run((db) => readRepositories(db, reader.scope, shape))
    const unread = await reader.run((db) =>
      readUnread(db, reader.scope, { installationId: installation ?? null }),
    )
    return Response.json({ ...listed, unread: unread.map(describeUnread) })
  })
}

function describeUnread({ firstSeenAt, ...one }: UnreadRepository) {
  return { ...one, firstSeenAt: firstSeenAt.toISOString() }
}

export function action() {
  return methodRefusal('GET')
}
