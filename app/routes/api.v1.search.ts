import type { LoaderFunctionArgs } from '@remix-run/node'
import { answer, methodRefusal } from '#app/api/answers.ts'
import { readSearch } from '#app/api/read-search.ts'
import { namedRepositories } from '#app/github/named-repositories.ts'
import { narrowQuery } from '#app/search/query/narrow-query.ts'

export function loader({ request, context }: LoaderFunctionArgs) {
  const { config, search, reader, logger } = context
  return answer(logger, async () => {
    const { searchRequest, repositories, warnings } = readSearch(new URL(request.url).searchParams)
    const names = await reader.run((db) => namedRepositories(db, config, repositories))
    const query = narrowQuery(searchRequest.query, names)
    const found = await search(reader, { ...searchRequest, query })
    return Response.json({ ...found, warnings: [...warnings, ...found.warnings] })
  })
}

export function action() {
  return methodRefusal('GET')
}
