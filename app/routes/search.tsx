import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { isExplained, unavailable } from '#app/api/answers.ts'
import type { LoadContext } from '#app/api/load-context.ts'
import { type Coverage, readCoverage } from '#app/archive/coverage.ts'
import { readSample } from '#app/archive/sample.ts'
import { CoverageNote } from '#app/components/search/coverage-note.tsx'
import { examplesOf } from '#app/components/search/examples.ts'
import {
  BadPage,
  Invitation,
  NothingFound,
  NothingSynced,
} from '#app/components/search/nothing.tsx'
import { QualifierHelp } from '#app/components/search/qualifier-help.tsx'
import { Results } from '#app/components/search/results.tsx'
import { SearchForm } from '#app/components/search/search-form.tsx'
import type { SearchAnswer, SearchRequest } from '#app/search/present/answer.ts'
import type { SearchMode } from '#app/search/query/query.ts'

const HITS = 10

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  {
    title: data?.searchState.query
      ? `${data.searchState.query.slice(0, 80)} · Whence`
      : 'Search · Whence',
  },
]

export async function loader({ request, context }: LoaderFunctionArgs) {
  const parameters = new URL(request.url).searchParams
  const query = (parameters.get('q') ?? '').trim()
  const mode = modeOf(parameters.get('mode'))
  const cursor = parameters.get('cursor') || undefined
  const searchState = { query, mode }
  const outcome =
    query === '' ? NOT_ASKED : await search(context, { ...searchState, limit: HITS, cursor })
  const found = outcome.answer?.hits.length ?? 0
  const data =
    outcome.problem === null && found === 0 ? await readData(context, query === '') : null
  const page = { searchState, ...outcome, data, isLater: Boolean(cursor) }
  return json(
    { ...page, now: new Date().toISOString() },
    { status: outcome.problem === null ? 200 : 422 },
  )
}

interface Outcome {
  answer: SearchAnswer | null
  problem: string | null
}

const NOT_ASKED: Outcome = { answer: null, problem: null }

/** @throws Response 503 if the database does not respond. */
async function search(
  { search, reader, logger }: LoadContext,
  request: SearchRequest,
): Promise<Outcome> {
  try {
    return { answer: await search(reader, request), problem: null }
  } catch (error) {
    if (isExplained(error)) return { answer: null, problem: `${error.message}. ${error.hint}` }
    throw unavailable(logger, error)
  }
}

interface SearchedData {
  coverage: Coverage
  examples: string[]
}

/**
 * Reads what is searched and, on request, example queries, for a page without hits.
 *
 * @throws Response 503 if the database does not respond.
 */
async function readData(
  { reader, logger }: LoadContext,
  withExamples: boolean,
): Promise<SearchedData> {
  try {
    return await reader.run(async (db) => ({
      coverage: await readCoverage(db, reader.scope),
      examples: withExamples ? examplesOf(await readSample(db, reader.scope)) : [],
    }))
  } catch (error) {
    throw unavailable(logger, error)
  }
}

function modeOf(text: string | null): SearchMode {
  return text === 'keyword' || text === 'semantic' ? text : 'auto'
}

export default function SearchPage() {
  const { searchState, answer, problem, data, isLater, now } = useLoaderData<typeof loader>()
  const isEmpty = data?.coverage.repositories === 0
  return (
    <>
      <h1 className="sr-only">Search</h1>
      <SearchForm query={searchState.query} mode={searchState.mode} />
      <QualifierHelp />
      {answer && <Results {...{ answer, searchState, isLater, now }} />}
      {problem !== null && <BadPage searchState={searchState} problem={problem} />}
      {isEmpty && <NothingSynced />}
      {data && !isEmpty && answer !== null && <NothingFound searchState={searchState} />}
      {data && !isEmpty && answer === null && <Invitation examples={data.examples} />}
      {data && !isEmpty && <CoverageNote coverage={data.coverage} now={now} />}
    </>
  )
}
