import type { SearchAnswer } from '#app/search/present/answer.ts'
import { narrowedBy } from '#app/search/query/toggle-qualifier.ts'
import { type SearchState, searchAddress } from '#app/search/saved/search-address.ts'
import { LINK } from '../elements/outward-link.tsx'
import { Hint } from '../elements/section.tsx'
import { pluralText } from '../elements/time-text.ts'
import { FacetLists } from './facet-lists.tsx'
import { HitCard } from './hit-card.tsx'
import { csvAddress } from './search-address.ts'

const ANSWERED = {
  keyword: 'by words',
  semantic: 'by meaning',
  hybrid: 'by words and meaning',
} as const

interface ResultsProps {
  answer: SearchAnswer
  searchState: SearchState
  /** True if this is not the first page. */
  isLater: boolean
  now: string
}

export function Results({ answer, searchState, isLater, now }: ResultsProps) {
  const { hits, facets, total, mode, next } = answer
  return (
    <>
      <Warnings warnings={answer.warnings} />
      <Narrowed searchState={searchState} />
      {hits.length > 0 && (
        <div className="mt-6 gap-8 lg:grid lg:grid-cols-[1fr_12rem]">
          <section aria-labelledby="found" className="min-w-0">
            <div className="flex flex-wrap items-baseline justify-between gap-x-4 text-sm">
              <h2 id="found" className="text-soft">
                {total.isExact ? '' : 'more than '}
                {pluralText(total.count, 'result')}, {ANSWERED[mode]}
              </h2>
              <a href={csvAddress(searchState)} className={LINK}>
                Export as CSV
              </a>
            </div>
            <ol data-walks="" className="mt-3 space-y-4">
              {hits.map((hit) => (
                <li key={hit.url}>
                  <HitCard hit={hit} now={now} />
                </li>
              ))}
            </ol>
            <p className="mt-6 flex flex-wrap justify-between gap-4">
              {isLater && (
                <a href={searchAddress(searchState)} className={LINK}>
                  First page
                </a>
              )}
              {next !== null && (
                <a href={searchAddress(searchState, next)} rel="next" className={LINK}>
                  Next page
                </a>
              )}
            </p>
          </section>
          <div className="mt-8 border-t border-line pt-6 lg:mt-8 lg:border-0 lg:pt-0">
            <FacetLists facets={facets} searchState={searchState} />
          </div>
        </div>
      )}
    </>
  )
}

function Warnings({ warnings }: { warnings: string[] }) {
  if (warnings.length === 0) return null
  return (
    <ul
      aria-label="Warnings"
      className="mt-5 space-y-1 rounded-md border-l-4 border-warn bg-surface px-4 py-2.5 leading-relaxed wrap-anywhere text-warn"
    >
      {warnings.map((text) => (
        <li key={text}>
          <Hint text={text} />
        </li>
      ))}
    </ul>
  )
}

function Narrowed({ searchState }: { searchState: SearchState }) {
  const narrowed = narrowedBy(searchState.query)
  if (narrowed.length === 0) return null
  return (
    <ul aria-label="Narrowed to" className="mt-4 flex flex-wrap gap-2 text-sm">
      {narrowed.map(({ qualifier, without }) => (
        <li key={qualifier} className="max-w-full">
          <a
            href={searchAddress({ ...searchState, query: without })}
            className="inline-flex min-h-8 max-w-full items-center gap-2 rounded-full border border-accent px-3 text-accent hover:bg-sunken"
          >
            <span className="sr-only">Without </span>
            <span className="min-w-0 wrap-anywhere">{qualifier}</span>
            <span aria-hidden="true">✕</span>
          </a>
        </li>
      ))}
    </ul>
  )
}
