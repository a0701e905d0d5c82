/** Pages that somebody can go to by their name. */
import type { ScopedReader } from '#app/auth/readers.server.ts'
import { operated, operatesAny, type Scope } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isCopied } from '#app/database/predicates.ts'
import { readRepositoriesLike } from '#app/search/complete/read-values.ts'
import { readSavedSearches } from '#app/search/saved/saved-searches.ts'
import { searchAddress } from '#app/search/saved/search-address.ts'

export interface Place {
  kind: 'page' | 'repository' | 'saved'
  name: string
  href: string
}

const page = (name: string, href: string): Place => ({ kind: 'page', name, href })

const FOR_EVERYBODY = [
  page('Pull requests', '/pulls'),
  page('Search', '/search'),
  page('Repositories', '/repositories'),
  page('Projects', '/projects'),
  page('Account and sessions', '/account'),
  page('Connect an agent', '/connect'),
]
const FOR_OPERATORS = [
  page('Home', '/'),
  page('Job history', '/jobs'),
  page('Webhook deliveries', '/deliveries'),
  page('Audit log', '/audit'),
  page('What leaves this machine', '/departures'),
]

/**
 * Returns the saved searches and the pages whose names contain every word of the text, and repositories; of an empty
 * text the searches and the pages.
 *
 * @param personId null for the operator, and for programs.
 */
export async function placesFor(
  { run, scope }: ScopedReader,
  personId: string | null,
  text: string,
): Promise<Place[]> {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.some((word) => word.includes(':'))) return []
  const isOperating = operatesAny(scope)
  const [settings, repositories, saved] = await Promise.all([
    isOperating && words.length > 0 ? run((db) => readSettingsPages(db, scope)) : [],
    words.length === 1 ? run((db) => readRepositoriesLike(db, scope, words[0] ?? '')) : [],
    run((db) => readSavedSearches(db, { scope, personId })),
  ])
  const searches = saved.map(
    (one): Place => ({ kind: 'saved', name: one.name, href: searchAddress(one) }),
  )
  const pages = [...searches, ...FOR_EVERYBODY, ...(isOperating ? FOR_OPERATORS : []), ...settings]
  return [
    ...pages.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word))),
    ...repositories.map(
      (name): Place => ({
        kind: 'repository',
        name,
        href: `/search?q=${encodeURIComponent(`repo:${name} `)}`,
      }),
    ),
  ]
}

const MOST_ACCOUNTS = 200

async function readSettingsPages(db: Queryable, scope: Scope): Promise<Place[]> {
  const { values, bind } = parametersOf([MOST_ACCOUNTS])
  const { rows } = await db.query<{ id: string; account: string }>(
    `select i.id, i.account from installation i
     where ${operated(scope, 'i.id')(bind)} and ${isCopied('i')} order by i.account, i.id limit $1`,
    values,
  )
  return rows.map(({ id, account }) =>
    page(`Settings of ${account}`, `/installations/${id}/settings`),
  )
}
