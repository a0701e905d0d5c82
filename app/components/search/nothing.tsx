import type { ReactNode } from 'react'
import { LINK } from '../elements/outward-link.tsx'
import { type Asked, searchAddress } from './search-address.ts'

const EXAMPLES = [
  'why did we drop the cache?',
  'is:merged label:decision',
  '"hit rate" updated:<90d',
]

/** Before anything was asked for. */
export function Invitation() {
  return (
    <Told title="Ask what was said, and why">
      <p>
        Searches what was written in every pull request that was read: descriptions, comments,
        reviews, commit messages. For example:
      </p>
      <ul className="mt-2 space-y-1">
        {EXAMPLES.map((query) => (
          <li key={query}>
            <a href={searchAddress({ query, mode: 'auto' })} className={LINK}>
              {query}
            </a>
          </li>
        ))}
      </ul>
    </Told>
  )
}

export function NothingSynced() {
  return (
    <Told title="Nothing is here to be searched yet">
      <p>
        No repository has been read. The{' '}
        <a href="/" className={LINK}>
          state page
        </a>{' '}
        tells what is set up, and starts a sync; what it has read can be found at once.
      </p>
    </Told>
  )
}

export function NothingFound({ asked }: { asked: Asked }) {
  return (
    <Told title="Nothing was found">
      <ul className="list-disc space-y-1 pl-5">
        <li>Leave out a word or a qualifier, or quotes around words.</li>
        <li>Write a word as it would stand in the text: a name, a path, an error.</li>
        {asked.mode !== 'auto' && (
          <li>
            <a href={searchAddress({ ...asked, mode: 'auto' })} className={LINK}>
              Search by words and meaning
            </a>
          </li>
        )}
        <li>
          See on the{' '}
          <a href="/" className={LINK}>
            state page
          </a>{' '}
          whether everything was read.
        </li>
      </ul>
    </Told>
  )
}

export function BadPage({ asked, problem }: { asked: Asked; problem: string }) {
  return (
    <Told title="This page of the search is not there">
      <p className="wrap-anywhere">{problem}</p>
      <p className="mt-2">
        <a href={searchAddress(asked)} className={LINK}>
          Start at the first page
        </a>
      </p>
    </Told>
  )
}

function Told({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-8 max-w-xl leading-relaxed">
      <h2 className="text-lg font-semibold">{title}</h2>
      <div className="mt-2 text-soft">{children}</div>
    </section>
  )
}
