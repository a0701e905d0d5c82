/** Pages that somebody can go to by their name. */
import type { ScopedReader } from '#app/auth/readers.server.ts'
import { operated, operatesAny, type Scope } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isCopied } from '#app/database/predicates.ts'
import { readRepositoriesLike } from '#app/search/complete/read-values.ts'

export interface Place {
  kind: 'page' | 'repository'
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

/** Returns the pages whose names contain every word of the text, and repositories; of an empty text the pages. */
export async function placesFor({ run, scope }: ScopedReader, text: string): Promise<Place[]> {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.some((word) => word.includes(':'))) return []
  const isOperating = operatesAny(scope)
  const [settings, repositories] = await Promise.all([
    isOperating && words.length > 0 ? run((db) => readSettingsPages(db, scope)) : [],
    words.length === 1 ? run((db) => readRepositoriesLike(db, scope, words[0] ?? '')) : [],
  ])
  const pages = [...FOR_EVERYBODY, ...(isOperating ? FOR_OPERATORS : []), ...settings]
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
