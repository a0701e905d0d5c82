import type { Facets } from '#app/search/present/answer.ts'
import { type FacetName, toggleQualifier } from '#app/search/query/toggle-qualifier.ts'
import { type SearchState, searchAddress } from '#app/search/saved/search-address.ts'
import { countText } from '../elements/time-text.ts'

const TITLES: Record<FacetName, string> = {
  state: 'State',
  repository: 'Repository',
  author: 'Author',
  label: 'Label',
  year: 'Opened in',
}

/** The values that the hits have in common; each link adds or removes a search filter. */
export function FacetLists({ facets, searchState }: { facets: Facets; searchState: SearchState }) {
  const shown = (Object.keys(TITLES) as FacetName[]).filter((name) => facets[name].length > 0)
  if (shown.length === 0) return null
  return (
    <nav aria-labelledby="narrow" className="text-[0.9375rem]">
      <h2 id="narrow" className="sr-only">
        Narrow the search
      </h2>
      <div className="grid gap-x-6 gap-y-4 min-[28rem]:grid-cols-2 sm:grid-cols-3 lg:grid-cols-1">
        {shown.map((name) => (
          <section key={name} aria-labelledby={`facet-${name}`} className="min-w-0">
            <h3 id={`facet-${name}`} className="text-sm text-soft">
              {TITLES[name]}
            </h3>
            <ul className="mt-1">
              {facets[name].map(({ value, count }) => (
                <FacetLine key={value} {...{ name, value, count, searchState }} />
              ))}
            </ul>
          </section>
        ))}
      </div>
    </nav>
  )
}

interface Line {
  name: FacetName
  value: string
  count: number
  searchState: SearchState
}

function FacetLine({ name, value, count, searchState }: Line) {
  const { isOn, query } = toggleQualifier(searchState.query, name, value)
  return (
    <li>
      <a
        href={searchAddress({ ...searchState, query })}
        aria-current={isOn ? 'true' : undefined}
        className={`flex min-h-7 items-baseline justify-between gap-2 rounded-sm hover:underline ${isOn ? 'font-semibold text-accent' : ''}`}
      >
        <span className="min-w-0 wrap-anywhere">
          {isOn && <span aria-hidden="true">✓ </span>}
          {value}
          {isOn && <span className="sr-only"> (selected; removes this filter)</span>}
        </span>
        <span className="font-normal text-soft">{countText(count)}</span>
      </a>
    </li>
  )
}
