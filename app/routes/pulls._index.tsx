import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { isExplained, unavailable } from '#app/api/answers.ts'
import { PullList } from '#app/components/browse/pull-list.tsx'
import { VIEWS, type View, viewAddress, viewOf } from '#app/components/browse/views.ts'
import { LINK } from '#app/components/elements/outward-link.tsx'
import { pluralText } from '#app/components/elements/time-text.ts'
import { FacetLists } from '#app/components/search/facet-lists.tsx'
import type { PullRequestHit } from '#app/search/present/answer.ts'
import { searchAddress } from '#app/search/saved/search-address.ts'

const PAGE = 25

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: `${data ? `${data.view.title}: ` : ''}pull requests · Whence` },
]

/** @throws Response 404 for a page that does not exist, 503 if the database does not respond. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { search, reader, logger } = context
  const { searchParams } = new URL(request.url)
  const view = viewOf(searchParams.get('view'))
  const cursor = searchParams.get('cursor') || undefined
  const asked = { query: view.query, mode: 'keyword' as const, limit: PAGE, cursor }
  const answer = await search(reader, asked).catch((error: unknown) => {
    throw isExplained(error) ? new Response(null, { status: 404 }) : unavailable(logger, error)
  })
  const { total, facets, next } = answer
  const pulls = answer.hits.filter((hit): hit is PullRequestHit => hit.kind === 'pull_request')
  const page = { view, pulls, total, facets, next, isLater: cursor !== undefined }
  return json({ ...page, now: new Date().toISOString() })
}

export default function BrowsePulls() {
  const { view, pulls, total, facets, next, isLater, now } = useLoaderData<typeof loader>()
  const searchState = { query: view.query, mode: 'auto', type: 'all' } as const
  return (
    <>
      <h1 className="mb-4 text-xl font-semibold tracking-tight">Pull requests</h1>
      <Views current={view} />
      {pulls.length === 0 ? (
        <p className="mt-6 leading-relaxed text-soft">
          No pull request is like that.{' '}
          <a href={searchAddress(searchState)} className={LINK}>
            Search for others
          </a>
        </p>
      ) : (
        <div className="mt-5 gap-8 lg:grid lg:grid-cols-[1fr_12rem]">
          <section aria-labelledby="found" className="min-w-0">
            <h2
              id="found"
              className="mb-3 flex flex-wrap justify-between gap-x-6 text-sm text-soft"
            >
              {total.isExact ? '' : 'more than '}
              {pluralText(total.count, 'pull request')}
              <a href={searchAddress(searchState)} className={LINK}>
                Search in these
              </a>
            </h2>
            <PullList pulls={pulls} now={now} />
            <p className="mt-5 flex flex-wrap justify-between gap-4">
              {isLater && (
                <a href={viewAddress(view)} className={LINK}>
                  First page
                </a>
              )}
              {next !== null && (
                <a href={viewAddress(view, next)} rel="next" className={LINK}>
                  Next page
                </a>
              )}
            </p>
          </section>
          <div className="mt-8 border-t border-line pt-6 lg:mt-0 lg:border-0 lg:pt-0">
            <FacetLists facets={facets} searchState={searchState} />
          </div>
        </div>
      )}
    </>
  )
}

function Views({ current }: { current: View }) {
  return (
    <nav aria-label="Views" className="border-b border-line">
      <ul className="flex flex-wrap gap-1">
        {VIEWS.map((view) => (
          <li key={view.name}>
            <a
              href={viewAddress(view)}
              aria-current={view.name === current.name ? 'page' : undefined}
              className="-mb-px inline-flex min-h-11 items-center border-b-2 border-transparent px-3 text-soft hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-ink"
            >
              {view.title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
