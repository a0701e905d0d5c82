import type { LoaderFunctionArgs } from '@remix-run/node'
import { stringify } from 'csv-stringify/sync'
import { answer } from '#app/api/answers.ts'
import type { LoadContext } from '#app/api/load-context.ts'
import { readSearch } from '#app/api/read-search.ts'
import { csvOptions } from '#app/exports/csv.ts'
import type { Hit, SearchRequest } from '#app/search/present/answer.ts'

const AT_ONCE = 100
const MOST = 1_000

const COLUMNS = [
  ...['repository', 'number', 'title', 'state', 'author', 'createdAt', 'updatedAt'],
  ...['labels', 'score', 'url', 'text'],
]

/**
 * What a search finds, best first, as CSV: the first thousand. A failure is answered as by the API.
 */
export function loader({ request, context }: LoaderFunctionArgs) {
  return answer(context.logger, async () => {
    const { searchRequest } = readSearch(new URL(request.url).searchParams)
    const hits = await readHits(context, searchRequest)
    return new Response(stringify(hits.map(rowOf), csvOptions(COLUMNS)), {
      headers: {
        'Content-Type': 'text/csv; charset=utf-8',
        'Content-Disposition': 'attachment; filename="whence-search.csv"',
      },
    })
  })
}

async function readHits(
  { search, reader }: LoadContext,
  { query, mode }: SearchRequest,
): Promise<Hit[]> {
  const hits: Hit[] = []
  let cursor: string | undefined
  do {
    const page = await search(reader, { query, mode, limit: AT_ONCE, cursor })
    hits.push(...page.hits)
    cursor = page.next ?? undefined
  } while (cursor !== undefined && hits.length < MOST)
  return hits
}

function rowOf({ passages, ...hit }: Hit): Record<string, unknown> {
  return {
    ...hit,
    labels: hit.kind === 'pull_request' ? hit.labels.join(', ') : '',
    text: passages.map(({ text }) => text).join('\n'),
  }
}
