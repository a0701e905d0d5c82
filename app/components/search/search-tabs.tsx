import {
  SEARCH_TYPES,
  type SearchState,
  type SearchType,
  searchAddress,
} from '#app/search/saved/search-address.ts'

const NAMES: Record<SearchType, string> = { all: 'All', conversation: 'Conversation', code: 'Code' }

/** Links to the same search in conversations, in code, or in both. */
export function SearchTabs({ searchState }: { searchState: SearchState }) {
  return (
    <nav aria-label="Searched" className="mt-4 border-b border-line">
      <ul className="flex gap-1">
        {SEARCH_TYPES.map((type) => (
          <li key={type}>
            <a
              href={searchAddress({ ...searchState, type })}
              aria-current={type === searchState.type ? 'page' : undefined}
              className="-mb-px inline-flex min-h-11 items-center border-b-2 border-transparent px-3 text-soft hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-ink"
            >
              {NAMES[type]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
