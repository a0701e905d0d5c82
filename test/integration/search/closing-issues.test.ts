import { afterAll, beforeAll, expect, test } from 'vitest'
import { readPull } from '#app/archive/pull-requests.ts'
import { operatorScope, type Scope, viewerScope } from '#app/auth/scope.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { embedPassages } from '#app/embeddings/embed-passages.ts'
import { hashProvider } from '#app/embeddings/providers/hash.ts'
import { ensureSpace } from '#app/embeddings/spaces.ts'
import type { Passage } from '#app/embeddings/vectors.ts'
import type { SearchMode } from '#app/search/query/query.ts'
import { beginErasure, eraseRepository } from '#app/sync/leaving/erase-repository.ts'
import { actor, issueNode, listOf, pullRequestNode, repositoryNode } from '../../support/nodes.ts'
import { addRepository, openStore, type Store, takeAndTransform } from '../../support/records.ts'
import { openSearchOf, type SearchWithin } from '../../support/search/search-of.ts'

const OWN = { id: 'R_engine', nameWithOwner: 'acme/engine' }
const PLANS = { id: 'R_plans', nameWithOwner: 'acme/plans' }

let store: Store
let search: SearchWithin
let engine: string
let plans: string

beforeAll(async () => {
  store = await openStore()
  search = openSearchOf(store.pool, { EMBEDDING_PROVIDER: 'hash' })
  engine = await addRepository(store)
  plans = await addRepository(store, repositoryNode({ id: PLANS.id, ...named('plans') }))
  await read([own(), foreign(), wordless()])
  await embedAll()
})
afterAll(() => store[Symbol.asyncDispose]())

function named(name: string) {
  return { name, nameWithOwner: `acme/${name}` }
}

function own() {
  const body = 'The narwhal stalls at noon.'
  return issueNode({ number: 5, title: 'Stalls', body, repository: OWN, author: actor('cleo') })
}

function foreign() {
  return issueNode({ number: 7, title: 'Axolotl plan', body: 'Axolotls must not be fed.' })
}

/** An issue of the other repository without anything to find. */
function wordless() {
  return issueNode({ number: 8, title: '***' })
}

let minute = 0
function read(issues: ReturnType<typeof issueNode>[]) {
  minute++
  const node = pullRequestNode({ number: 1, closingIssuesReferences: listOf(issues) })
  const startedAt = new Date(Date.UTC(2026, 5, 1, 10, minute))
  return takeAndTransform(store, engine, node, { startedAt })
}

async function embedAll(): Promise<void> {
  const provider = hashProvider()
  const { id: spaceId } = await ensureSpace(store.pool, provider)
  const { rows } = await store.pool.query<Passage>(
    'select id, content_hash, text, tokens from passage',
  )
  const { signal } = new AbortController()
  await embedPassages({ pool: store.pool, provider, spaceId, signal }, rows)
  await store.pool.query('update embedding_space set filled_at = now()')
}

/** Returns the kinds of the passages that were found. */
async function kinds(scope: Scope, query: string, mode: SearchMode = 'keyword'): Promise<string[]> {
  const { hits } = await search(scope, { query, mode, limit: 10 })
  return hits.flatMap(({ passages }) => passages.map(({ kind }) => kind))
}

/** Returns how many hits there are. */
async function count(scope: Scope, query: string, mode: SearchMode = 'keyword'): Promise<number> {
  return (await search(scope, { query, mode, limit: 10 })).total.count
}

const all = operatorScope()
const ofEngine = () => viewerScope({ repositories: [engine], operates: [] })
const ofBoth = () => viewerScope({ repositories: [engine, plans], operates: [] })

async function closes(scope: Scope): Promise<string[]> {
  const pull = await readPull(store.pool, scope, { fullName: 'acme/engine', number: 1 })
  return (pull?.closingIssuesReferences ?? []).map(({ title }) => title)
}

test('a pull request is found by the title and the text of the issues that it closes', async () => {
  expect(await kinds(all, 'narwhal')).toEqual(['issue'])
  const [hit] = (await search(all, { query: 'narwhal', mode: 'keyword', limit: 1 })).hits
  expect(hit).toMatchObject({ repository: 'acme/engine', number: 1 })
  expect(hit?.passages[0]).toMatchObject({
    author: 'cleo',
    url: 'https://github.com/acme/engine/issues/5',
  })
  expect(await kinds(ofEngine(), 'narwhal')).toEqual(['issue'])
  expect(await count(all, 'narwhal in:issues')).toBe(1)
  expect(await count(all, 'narwhal -in:issues')).toBe(0)
})

test.each(['keyword', 'semantic'] as const)(
  'an issue of another repository is found (%s) by whoever may read that repository',
  async (mode) => {
    expect(await kinds(all, 'axolotls fed', mode)).toContain('issue')
    expect(await kinds(ofBoth(), 'axolotls fed', mode)).toContain('issue')
    const hidden = await search(ofEngine(), { query: 'axolotls fed', mode, limit: 10 })
    expect(JSON.stringify(hidden.hits)).not.toMatch(/axolotl/i)
  },
)

test('nothing tells that it exists', async () => {
  for (const query of [
    'axolotls',
    '"axolotl plan"',
    '"axolotls must" is:merged',
    '-"axolotls must"',
  ])
    expect([query, await count(ofBoth(), query), await count(ofEngine(), query)]).toEqual(
      query.startsWith('-') ? [query, 0, 1] : [query, 1, 0],
    )
  expect(await closes(ofBoth())).toEqual(['Stalls', 'Axolotl plan', '***'])
  expect(await closes(ofEngine())).toEqual(['Stalls'])
})

test('a hidden repository hides its issues from everybody at once', async () => {
  await store.pool.query('update repository set hidden_at = now() where id = $1', [plans])
  expect(await count(all, 'axolotls')).toBe(0)
  expect(await closes(all)).toEqual(['Stalls'])
  await store.pool.query('update repository set hidden_at = null where id = $1', [plans])
  expect(await count(all, 'axolotls')).toBe(1)
})

test('an issue that is not closed by it any more is not found', async () => {
  await read([foreign()])
  expect(await count(all, 'narwhal')).toBe(0)
  await read([own(), foreign(), wordless()])
  expect(await count(all, 'narwhal')).toBe(1)
})

test('with its repository the texts of an issue go, in raw records too', async () => {
  await transaction(store.pool, (tx) => beginErasure(tx, plans, 'removed'))
  await eraseRepository(store.pool, plans)
  const { rows } = await store.pool.query<{ text: string }>(
    `select text from passage union all select body::text from raw_record
     union all select closing_issues::text from pull_request`,
  )
  const texts = rows.map(({ text }) => text).join('\n')
  expect(texts).not.toMatch(/axolotl|acme\/plans/i)
  expect(texts).toMatch(/narwhal/)
  await addRepository(store, repositoryNode({ id: PLANS.id, ...named('plans') }))
  expect(await count(all, 'axolotls')).toBe(0)
})
