import type { SearchMode } from '#app/search/query/query.ts'
import type { SearchState } from '#app/search/saved/search-address.ts'
import { SEARCH_INPUT } from './search-box.tsx'

const MODE_NAMES: Record<SearchMode, string> = {
  auto: 'words and meaning',
  keyword: 'words only',
  semantic: 'meaning only',
}

/** The search box. Its query is in the URL, so it needs no scripts; with scripts, it is completed. */
export function SearchForm({ query, mode, type }: SearchState) {
  return (
    <search>
      <form method="get" action="/search">
        <label htmlFor="q" className="sr-only">
          Search query
        </label>
        {type !== 'all' && <input type="hidden" name="type" value={type} />}
        <div className="flex flex-wrap gap-2">
          <input
            // A new search resets the initial text.
            key={query}
            {...SEARCH_INPUT}
            id="q"
            defaultValue={query}
            placeholder="A question, or words"
            aria-keyshortcuts="/ Control+K Meta+K"
            className="min-h-11 w-full min-w-0 flex-1 basis-64 rounded-md border border-line bg-surface px-3.5 text-[1.0625rem] placeholder:text-soft"
          />
          <select
            key={mode}
            name="mode"
            aria-label="Search mode"
            defaultValue={mode}
            className="min-h-11 flex-1 basis-44 rounded-md border border-line bg-surface px-2 sm:flex-none"
          >
            {Object.entries(MODE_NAMES).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
          <button
            type="submit"
            className="min-h-11 flex-1 basis-24 cursor-pointer rounded-md border border-accent bg-accent px-5 font-medium text-page sm:flex-none"
          >
            Search
          </button>
        </div>
      </form>
    </search>
  )
}
