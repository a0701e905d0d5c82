import {
  type ActionFunctionArgs,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { isExplained, unavailable } from '#app/api/answers.ts'
import type { LoadContext } from '#app/api/load-context.ts'
import { type Coverage, readCoverage } from '#app/archive/coverage.ts'
import { readSample } from '#app/archive/sample.ts'
import type { LinkedCodeHit } from '#app/code/search/open-code-search.ts'
import { isOfConversations } from '#app/code/search/parse-code-query.ts'
import { NoticeBar } from '#app/components/elements/notice.tsx'
import { LINK } from '#app/components/elements/outward-link.tsx'
import { CodeHits } from '#app/components/search/code-hits.tsx'
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
import { KeepSearch, SavedSearches } from '#app/components/search/saved-searches.tsx'
import { SearchForm } from '#app/components/search/search-form.tsx'
import { SearchTabs } from '#app/components/search/search-tabs.tsx'
import { carryNotice, readNotice } from '#app/forms/notices.server.ts'
import { readForm } from '#app/forms/read-form.ts'
import { submitSearch } from '#app/forms/searches.server.ts'
import type { SearchAnswer, SearchRequest } from '#app/search/present/answer.ts'
import type { SearchMode } from '#app/search/query/query.ts'
import {
  readAudiences,
  readSavedSearches,
  type SavedSearch,
  type SharedWith,
} from '#app/search/saved/saved-searches.ts'
import {
  SEARCH_TYPES,
  type SearchState,
  type SearchType,
  searchAddress,
} from '#app/search/saved/search-address.ts'

const HITS = 10
const CODE_HITS = 30
const HITS_BESIDE = 3

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
  const searchState = { query, mode, type: typeOf(parameters.get('type')) }
  const [outcome, kept] = await Promise.all([
    query === '' ? NOT_ASKED : ask(context, searchState, cursor),
    readKept(context, query === ''),
  ])
  const found = (outcome.answer?.hits.length ?? 0) + outcome.code.length
  const data =
    outcome.problem === null && found === 0 ? await readData(context, query === '') : null
  const page = {
    ...{ searchState, ...outcome, data, isLater: Boolean(cursor) },
    ...kept,
    notice: readNotice(context.config, request),
  }
  return json(
    { ...page, now: new Date().toISOString() },
    { status: outcome.problem === null ? 200 : 422 },
  )
}

/** Keeps or deletes a search, and leads back to it, or to the list. */
export async function action({ request, context }: ActionFunctionArgs) {
  const form = await readForm(request)
  const notice = await submitSearch(context, form)
  const state = {
    query: String(form.get('q') ?? ''),
    mode: modeOf(String(form.get('mode'))),
    type: typeOf(String(form.get('type'))),
  }
  const back = state.query === '' ? '/search' : searchAddress(state)
  const { location, cookie } = carryNotice(context.config, notice, back)
  return redirect(location, { status: 303, headers: { 'Set-Cookie': cookie } })
}

interface Kept {
  saved: SavedSearch[]
  /** Null where no search can be kept: programs keep none, and there is none to keep. */
  audiences: SharedWith[] | null
}

/** Returns the saved searches for the page without a query, and with whom one can be shared for every other. */
async function readKept({ reader, viewer, logger }: LoadContext, isEmpty: boolean): Promise<Kept> {
  const { scope, run } = reader
  const personId = viewer.person?.id ?? null
  if (viewer.isProgram) return { saved: [], audiences: null }
  try {
    if (isEmpty)
      return {
        saved: await run((db) => readSavedSearches(db, { scope, personId })),
        audiences: null,
      }
    return { saved: [], audiences: await run((db) => readAudiences(db, scope)) }
  } catch (error) {
    throw unavailable(logger, error)
  }
}

interface Outcome {
  answer: SearchAnswer | null
  problem: string | null
  code: LinkedCodeHit[]
}

const NOT_ASKED: Outcome = { answer: null, problem: null, code: [] }

/** Searches what the tab shows. @throws Response 503 if the database does not respond. */
async function ask(context: LoadContext, state: SearchState, cursor?: string): Promise<Outcome> {
  const { query, mode, type } = state
  const [found, code] = await Promise.all([
    type === 'code' ? NOT_ASKED : search(context, { query, mode, limit: HITS, cursor }),
    type === 'code' ? findChunks(context, query, CODE_HITS) : beside(context, state, cursor),
  ])
  return { ...found, code }
}

/** Finds the few best chunks for the first page of a search in everything. */
async function beside(
  context: LoadContext,
  { query, type }: SearchState,
  cursor: string | undefined,
): Promise<LinkedCodeHit[]> {
  const isLeftOut = type !== 'all' || cursor !== undefined || isOfConversations(query)
  return isLeftOut ? [] : findChunks(context, query, HITS_BESIDE)
}

/** @throws Response 503 if the database does not respond. */
async function findChunks(
  { searchCode, reader, logger }: LoadContext,
  text: string,
  limit: number,
): Promise<LinkedCodeHit[]> {
  try {
    return await searchCode(reader, { text, limit })
  } catch (error) {
    throw unavailable(logger, error)
  }
}

/** @throws Response 503 if the database does not respond. */
async function search(
  { search, reader, logger }: LoadContext,
  request: SearchRequest,
): Promise<Outcome> {
  try {
    return { ...NOT_ASKED, answer: await search(reader, request) }
  } catch (error) {
    if (isExplained(error)) return { ...NOT_ASKED, problem: `${error.message}. ${error.hint}` }
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

function typeOf(text: string | null): SearchType {
  return SEARCH_TYPES.find((type) => type === text) ?? 'all'
}

export default function SearchPage() {
  const { searchState, answer, problem, code, data, isLater, saved, audiences, notice, now } =
    useLoaderData<typeof loader>()
  const isEmpty = data?.coverage.repositories === 0
  return (
    <>
      <h1 className="sr-only">Search</h1>
      <NoticeBar notice={notice} />
      <SearchForm {...searchState} />
      <div className="mt-3 flex flex-wrap items-start gap-x-6 gap-y-2">
        <QualifierHelp />
        {audiences && <KeepSearch searchState={searchState} audiences={audiences} />}
      </div>
      {searchState.query !== '' && <SearchTabs searchState={searchState} />}
      {code.length > 0 && <CodeSection searchState={searchState} hits={code} />}
      {answer && <Results {...{ answer, searchState, isLater, now }} />}
      {problem !== null && <BadPage searchState={searchState} problem={problem} />}
      {isEmpty && <NothingSynced />}
      {data && !isEmpty && searchState.query !== '' && <NothingFound searchState={searchState} />}
      <SavedSearches saved={saved} />
      {data && !isEmpty && searchState.query === '' && <Invitation examples={data.examples} />}
      {data && !isEmpty && <CoverageNote coverage={data.coverage} now={now} />}
    </>
  )
}

interface CodeSectionProps {
  searchState: SearchState
  hits: LinkedCodeHit[]
}

function CodeSection({ searchState, hits }: CodeSectionProps) {
  return (
    <section aria-labelledby="code" className="mt-6 min-w-0">
      <h2 id="code" className="text-sm text-soft">
        Code
      </h2>
      <CodeHits hits={hits} />
      {searchState.type === 'all' && (
        <p className="mt-3">
          <a href={searchAddress({ ...searchState, type: 'code' })} className={LINK}>
            More code
          </a>
        </p>
      )}
    </section>
  )
}
