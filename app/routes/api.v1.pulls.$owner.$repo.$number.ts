import type { LoaderFunctionArgs } from '@remix-run/node'
import { answer, methodRefusal, refusal } from '#app/api/answers.ts'
import { readPull } from '#app/archive/pull-requests.ts'

export function loader({ params, context }: LoaderFunctionArgs) {
  const { reader, logger } = context
  const { owner = '', repo = '', number = '' } = params
  return answer(logger, async () => {
    const named = { fullName: `${owner}/${repo}`, number: Number(number) }
    const pull = /^\d{1,9}$/.test(number)
      ? await reader.run((db) => readPull(db, reader.scope, named))
      : null
    if (pull) return Response.json(pull)
    return refusal(
      404,
      `There is no pull request ${owner}/${repo}#${number} here`,
      'GET /api/v1/repositories shows what is synced, and how far.',
    )
  })
}

export function action() {
  return methodRefusal('GET')
}
