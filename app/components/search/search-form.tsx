import { useEffect, useRef } from 'react'
import type { SearchMode } from '#app/search/query/query.ts'
import type { SearchState } from './search-address.ts'

const MODE_NAMES: Record<SearchMode, string> = {
  auto: 'words and meaning',
  keyword: 'words only',
  semantic: 'meaning only',
}

/** The search box. Its query is in the URL, so it needs no scripts; with scripts, `/` focuses it. */
export function SearchForm({ query, mode, type }: SearchState) {
  const box = useRef<HTMLInputElement>(null)
  useEffect(() => listenForSlash(() => box.current), [])
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
            ref={box}
            id="q"
            name="q"
            type="search"
            defaultValue={query}
            placeholder="A question, or words"
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            aria-keyshortcuts="/"
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

/** @returns a function that removes the listener. */
function listenForSlash(boxOf: () => HTMLInputElement | null): () => void {
  function press(event: KeyboardEvent): void {
    const isPlain = event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey
    const target = event.target as HTMLElement
    if (!isPlain || target.closest('input, select, textarea, [contenteditable]')) return
    event.preventDefault()
    boxOf()?.select()
    boxOf()?.focus()
  }
  document.addEventListener('keydown', press)
  return () => document.removeEventListener('keydown', press)
}
