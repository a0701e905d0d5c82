import type { LoaderFunctionArgs } from '@remix-run/node'
import { answer, check, methodRefusal } from '#app/api/answers.ts'
import { readLines, whyQuery } from '#app/why/why-answer.ts'

export function loader({ request, context }: LoaderFunctionArgs) {
  const { logger, reader, why } = context
  return answer(logger, async () => {
    const asked = check(whyQuery, Object.fromEntries(new URL(request.url).searchParams))
    const { repo: repository, ref = null, path = null, line } = asked
    const lines = line === undefined ? null : readLines(line)
    const withHistory = asked.history === 'true'
    return Response.json(await why(reader, { repository, ref, path, lines, withHistory }))
  })
}

export function action() {
  return methodRefusal('GET')
}
