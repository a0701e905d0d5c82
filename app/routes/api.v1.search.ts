import type { LoaderFunctionArgs } from '@remix-run/node'
import { answer, methodRefusal } from '#app/api/answers.ts'
import { readSearch } from '#app/api/read-search.ts'

export function loader({ request, context }: LoaderFunctionArgs) {
  const { search, reader, logger } = context
  return answer(logger, async () => {
    const { searchRequest, warnings } = readSearch(new URL(request.url).searchParams)
    const found = await search(reader, searchRequest)
    return Response.json({ ...found, warnings: [...warnings, ...found.warnings] })
  })
}

export function action() {
  return methodRefusal('GET')
}
