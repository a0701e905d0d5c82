/** The attributes that completion and the keys look for. */
export const SEARCH_INPUT = {
  name: 'q',
  type: 'search',
  autoComplete: 'off',
  autoCapitalize: 'off',
  spellCheck: false,
  'data-completes': '',
} as const

/** The search box in the head of every page. It needs no script; with script, it completes what is typed. */
export function SearchBox() {
  return (
    <search>
      <form method="get" action="/search">
        <label htmlFor="search-box" className="sr-only">
          Search
        </label>
        <input
          {...SEARCH_INPUT}
          id="search-box"
          placeholder="Search"
          aria-keyshortcuts="/ Control+K Meta+K"
          className="min-h-11 w-full rounded-md border border-line bg-surface px-3.5 placeholder:text-soft"
        />
      </form>
    </search>
  )
}
