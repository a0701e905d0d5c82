import type { LoaderFunctionArgs } from '@remix-run/node'
import { answer, check, methodRefusal } from '#app/api/answers.ts'
import { readRequest } from '#app/why/read-request.ts'
import { whyQuery } from '#app/why/why-answer.ts'

export function loader({ request, context }: LoaderFunctionArgs) {
  const { logger, reader, why } = context
  return answer(logger, async () => {
    const asked = check(whyQuery, Object.fromEntries(new URL(request.url).searchParams))
    return Response.json(await why(reader, readRequest(asked)))
  })
}

export function action() {
  return methodRefusal('GET')
}
