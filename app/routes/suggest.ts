import { json, type LoaderFunctionArgs } from '@remix-run/node'
import { unavailable } from '#app/api/answers.ts'
import { type Place, placesFor } from '#app/api/places.ts'
import { cleanText } from '#app/passages/clean.ts'
import { completeQuery } from '#app/search/complete/complete-query.ts'
import type { Completion, Option } from '#app/search/complete/completion.ts'
import { QUERY_LENGTH } from '#app/search/query/parse.ts'

const MOST_PLACES = 6

/**
 * Completes what is typed into a search box: `q`, with the caret at `at`. The answer is for the pages alone.
 *
 * @throws Response 503 if the database does not answer.
 */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { logger, reader, viewer } = context
  const { searchParams } = new URL(request.url)
  const text = cleanText((searchParams.get('q') ?? '').slice(0, QUERY_LENGTH))
  const caret = Number.parseInt(searchParams.get('at') ?? '', 10)
  const at = Number.isNaN(caret) ? text.length : caret
  const [completion, places] = await Promise.all([
    completeQuery(reader, text, at),
    placesFor(reader, viewer.person?.id ?? null, text),
  ]).catch((error: unknown) => {
    throw unavailable(logger, error)
  })
  return json(withPlaces(completion, places), { headers: { 'Cache-Control': 'no-store' } })
}

function withPlaces({ options, ...part }: Completion, places: Place[]): Completion {
  const asOptions = places.slice(0, MOST_PLACES).map(
    ({ name, ...place }): Option => ({
      ...{ text: name, ...place },
    }),
  )
  return { ...part, options: [...options, ...asOptions] }
}
