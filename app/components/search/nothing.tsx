import type { ReactNode } from 'react'
import { type SearchState, searchAddress } from '#app/search/saved/search-address.ts'
import { LINK } from '../elements/outward-link.tsx'

/** Shown before the first search. */
export function Invitation({ examples }: { examples: string[] }) {
  return (
    <EmptyState title="Search what was said, and why">
      <p>
        The search covers the descriptions, comments, reviews and commit messages of every synced
        pull request, and the issues that it closes{examples.length > 0 ? '. For example:' : '.'}
      </p>
      <ul className="mt-2 space-y-1">
        {examples.map((query) => (
          <li key={query} className="wrap-anywhere">
            <a href={searchAddress({ query, mode: 'auto', type: 'all' })} className={LINK}>
              {query}
            </a>
          </li>
        ))}
      </ul>
    </EmptyState>
  )
}

export function NothingSynced() {
  return (
    <EmptyState title="There is nothing to search yet">
      <p>
        No repository has been synced. The{' '}
        <a href="/" className={LINK}>
          home page
        </a>{' '}
        shows what is configured and starts a sync. You can search everything that has been read
        while the sync is still running.
      </p>
    </EmptyState>
  )
}

export function NothingFound({ searchState }: { searchState: SearchState }) {
  return (
    <EmptyState title="No results">
      <ul className="list-disc space-y-1 pl-5">
        <li>Remove a word, a qualifier, or the quotes around words.</li>
        <li>Use words as they would appear in the text: a name, a path, an error message.</li>
        {searchState.mode !== 'auto' && (
          <li>
            <a href={searchAddress({ ...searchState, mode: 'auto', type: 'all' })} className={LINK}>
              Search by words and meaning
            </a>
          </li>
        )}
        <li>
          Check on the{' '}
          <a href="/" className={LINK}>
            home page
          </a>{' '}
          whether everything has been read.
        </li>
      </ul>
    </EmptyState>
  )
}

export function BadPage({ searchState, problem }: { searchState: SearchState; problem: string }) {
  return (
    <EmptyState title="There is no such page of results">
      <p className="wrap-anywhere">{problem}</p>
      <p className="mt-2">
        <a href={searchAddress(searchState)} className={LINK}>
          Go to the first page
        </a>
      </p>
    </EmptyState>
  )
}

function EmptyState({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-8 max-w-xl leading-relaxed">
      <h2 className="text-lg font-semibold">{title}</h2>
      <div className="mt-2 text-soft">{children}</div>
    </section>
  )
}
