import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { transaction } from '#app/database/transaction.server.ts'
import type { Hit, SearchAnswer, SearchRequest } from '#app/search/present/answer.ts'
import { countWords } from '#app/search/text/count-words.ts'
import { removePullRequests } from '#app/sync/complete/remove.ts'
import { testProfile } from '../../services/setup.ts'
import {
  actor,
  commentNode,
  commitNode,
  listOf,
  pullRequestNode,
  repositoryNode,
  reviewCommentNode,
  threadNode,
} from '../../support/nodes.ts'
import { addRepository, openStore, type Store, takeAndTransform } from '../../support/records.ts'
import { openSearchOf, type SearchWithin } from '../../support/search/search-of.ts'

const WITHOUT_ACCOUNT = { name: 'Grace Hopper', email: 'grace@example.com', user: null }

let store: Store
let search: SearchWithin
let engine: string

beforeAll(async () => {
  store = await openStore()
  search = openSearchOf(store.pool)
  engine = await addRepository(store)
  await layConversations()
  await count()
})
afterAll(() => store[Symbol.asyncDispose]())

async function count(): Promise<void> {
  await store.pool.query(`update passage_change set passages = 1000000`)
  await store.pool.query(`update repository_words set counted_at = now() - interval '1 day'`)
  await countWords(store.pool, testProfile(), new AbortController().signal)
}

/** Each reading is a minute later than the previous one, so that it takes precedence. */
let minute = 0
function read(
  number: number,
  given: Parameters<typeof pullRequestNode>[0] = {},
  repository = engine,
) {
  minute++
  const startedAt = new Date(Date.UTC(2026, 5, 1, 10, minute))
  const node = pullRequestNode({
    number,
    url: `https://github.com/acme/engine/pull/${number}`,
    ...given,
  })
  return takeAndTransform(store, repository, node, { startedAt })
}

async function layConversations(): Promise<void> {
  await read(1, {
    title: 'Drop the quote cache',
    body: 'It answered one quote in nine.',
    comments: listOf([
      commentNode(1, { body: 'Why not keep `quote_cache_ttl` and MAX_AGE for a while?' }),
      commentNode(2, { body: 'Because the invalidation was never right.', author: actor('cleo') }),
    ]),
    commits: listOf([
      commitNode(0xabc1234, { message: 'Remove the cache of quotes' }),
      commitNode(0xabc1235, { message: 'Rewind the capstan', author: WITHOUT_ACCOUNT }),
    ]),
  })
  await read(2, {
    title: 'Index tariffs by day',
    body: 'A query took 900 ms; see #1 for why no cache helps.',
    state: 'OPEN',
    labels: listOf([{ name: 'performance' }]),
    reviewThreads: listOf([
      threadNode(
        1,
        [reviewCommentNode(1, { body: 'The index is too wide.', path: 'src/tariff/read-day.ts' })],
        {
          path: 'src/tariff/read-day.ts',
        },
      ),
    ]),
  })
  await read(3, {
    title: 'Update dependencies',
    body: 'Bumps sonic from 1.0.0 to 1.0.1. It has a cache.',
    author: actor('renovate', 'Bot'),
  })
  const bump = { title: 'Update dependencies', body: 'Bumps sonic from 1.0.0 to 1.0.1.' }
  await read(4, bump)
  for (let number = 10; number < 22; number++)
    await read(number, { title: `Paint boat ${number}`, body: 'Blue, as agreed.' })
}

function ask(query: string, more: Partial<SearchRequest> = {}): Promise<SearchAnswer> {
  return search(operatorScope(), { query, mode: 'keyword', limit: 10, ...more })
}

async function numbers(query: string): Promise<(number | null)[]> {
  return (await ask(query)).hits.map(({ number }) => number)
}

describe('a keyword search', () => {
  test('finds text of any kind, best first, and shows where', async () => {
    const { hits, mode, warnings } = await ask('why did we drop the cache?')
    const [first] = hits as [Hit]
    expect([mode, warnings]).toEqual(['keyword', []])
    expect(first).toMatchObject({
      kind: 'pull_request',
      repository: 'acme/engine',
      number: 1,
      title: 'Drop the quote cache',
      state: 'MERGED',
      author: 'ada',
      url: 'https://github.com/acme/engine/pull/1',
    })
    expect(first.passages.length).toBeGreaterThan(1)
    for (const { text, highlights } of first.passages)
      for (const [start, end] of highlights)
        expect(text.slice(start, end).toLowerCase()).toMatch(/drop|cache/)
  })

  test.each([
    ['quote_cache_ttl', 1],
    ['MAX_AGE', 1],
    ['max age', 1],
    ['src/tariff/read-day.ts', 2],
    ['read-day.ts', 2],
    ['tariff', 2],
    ['#2', 2],
    ['000000000000000000000000000000000abc1234', 1],
    ['invalidating', 1],
    ['900', 2],
  ])('finds %s', async (query, number) => {
    expect((await numbers(query))[0]).toBe(number)
  })

  test('ranks bots below people', async () => {
    expect(await numbers('dependencies')).toEqual([4, 3])
  })

  test('supports phrases, exclusions and alternatives', async () => {
    expect(await numbers('"quote cache"')).toEqual([1])
    expect((await ask('"cache quote"')).warnings).toContain(
      'Nothing contains every quoted phrase, so they were searched as words.',
    )
    expect(await numbers('cache -dependencies')).toEqual([1, 2])
    expect(await numbers('cache -"900 ms"')).toEqual([1, 3])
    expect((await numbers('invalidation OR tariffs')).toSorted()).toEqual([1, 2])
    expect(await numbers('boat "quote cache"')).toEqual([1])
  })

  test('groups by parentheses', async () => {
    expect(await numbers('cache (invalidation OR label:performance)')).toEqual([1, 2])
    expect(await numbers('cache -(dependencies OR label:performance)')).toEqual([1])
    expect(await numbers('cache NOT (label:performance is:open)')).not.toContain(2)
    expect(await numbers('("900 ms" is:merged) OR "quote cache"')).toEqual([1])
    expect(await numbers('("900 ms" is:open) OR "quote cache"')).toEqual([1, 2])
    expect(await numbers('(quote OR tariffs) (invalidation OR nothing)')).toEqual([1])
  })

  test('lists what matches an alternative without words below what is ranked', async () => {
    const { hits, warnings } = await ask('invalidation OR label:performance')
    expect(hits.map(({ number, score }) => [number, score > 0])).toEqual([
      [1, true],
      [2, false],
    ])
    expect(warnings).toEqual([])
  })

  test('reads parentheses that do not match, with a warning', async () => {
    const { hits, warnings } = await ask('cache (invalidation OR label:performance')
    expect(hits.map(({ number }) => number)).toEqual([1, 2])
    expect(warnings).toEqual([
      'A parenthesis is not closed: the group was read up to the end of the query.',
    ])
  })

  test('names the author of a commit by name if there is no account', async () => {
    const [hit] = (await ask('capstan')).hits
    expect(hit?.passages).toMatchObject([{ kind: 'commit', author: 'Grace Hopper' }])
  })

  test('finds repositories by their descriptions', async () => {
    const { hits } = await ask('engine')
    expect(hits[0]).toMatchObject({ kind: 'repository', repository: 'acme/engine', number: null })
  })

  test('finds similar pull requests, but not the given one', async () => {
    // All that are alike score the same.
    const { hits } = await ask('similar:#10', { limit: 100 })
    const found = hits.map(({ number }) => number)
    expect(found).toContain(11)
    expect(found).not.toContain(10)
    expect((await ask('similar:#999')).warnings).toEqual([
      'There is no pull request #999 to compare with.',
    ])
  })

  test('warns that words are too common to be searched', async () => {
    const { hits, warnings } = await ask('why is it so')
    expect(hits).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('too common')])
  })
})

describe('qualifiers', () => {
  test('narrow the matches of words, and list everything without words', async () => {
    expect(await numbers('cache is:open')).toEqual([2])
    expect(await numbers('cache bot:true')).toEqual([3])
    expect(await numbers('is:open')).toEqual([2])
    expect(await numbers('index path:src/tariff/*')).toEqual([2])
    expect(await numbers('cache in:commits')).toEqual([1])
    expect((await numbers('boat sort:created-asc')).length).toBe(10)
  })

  test('if unknown, are reported with the nearest known one', async () => {
    const { warnings, hits } = await ask('cache autor:ada')
    expect(warnings).toEqual([expect.stringContaining('author:')])
    expect(hits.length).toBeGreaterThan(0)
  })
})

describe('an answer', () => {
  test('is split into pages that contain each hit once, and rejects foreign cursors', async () => {
    const first = await ask('boat', { limit: 5 })
    const second = await ask('boat', { limit: 5, cursor: first.next as string })
    const third = await ask('boat', { limit: 5, cursor: second.next as string })
    const all = [first, second, third].flatMap(({ hits }) => hits.map(({ number }) => number))
    expect(new Set(all).size).toBe(12)
    expect([first.total, third.next]).toEqual([{ count: 12, isExact: true }, null])
    await expect(ask('other', { cursor: first.next as string })).rejects.toThrow('cursor')
  })

  test('counts its hits per facet value', async () => {
    const { facets } = await ask('cache')
    expect(facets.state).toEqual([
      { value: 'closed', count: 2 },
      { value: 'merged', count: 2 },
      { value: 'open', count: 1 },
    ])
    expect(facets.repository).toEqual([{ value: 'acme/engine', count: 3 }])
    expect(facets.label).toContainEqual({ value: 'performance', count: 1 })
    for (const { value, count } of facets.author)
      expect((await ask(`cache author:${value}`)).total.count).toBe(count)
  })
})

describe('search finds the current text only', () => {
  test('an edited comment by its new words only, a deleted one not at all', async () => {
    await read(30, {
      title: 'Winter',
      comments: listOf([commentNode(91), commentNode(90, { body: 'Snowploughs first' })]),
    })
    expect(await numbers('snowploughs')).toEqual([30])
    await read(30, {
      title: 'Winter',
      comments: listOf([commentNode(91), commentNode(90, { body: 'Gritters first' })]),
    })
    expect([await numbers('snowploughs'), await numbers('gritters')]).toEqual([[], [30]])
    await read(30, { title: 'Winter', comments: listOf([commentNode(91)]) })
    expect(await numbers('gritters')).toEqual([])
    await transaction(store.pool, (tx) => removePullRequests(tx, ['PR_30']))
    expect(await numbers('winter')).toEqual([])
  })

  test('a hidden repository is not found, and does not affect ranks', async () => {
    await count()
    const before = await ask('cache')
    const hidden = await addRepository(
      store,
      repositoryNode({ id: 'R_secret', name: 'secret', nameWithOwner: 'acme/secret' }),
    )
    await read(40, { id: 'PR_secret', title: 'Cache of secrets', body: 'cache cache' }, hidden)
    await count()
    expect((await ask('cache')).total.count).toBe(4)
    await store.pool.query('update repository set hidden_at = now() where id = $1', [hidden])
    const { hits, total, facets } = await ask('cache')
    expect([hits, total, facets]).toEqual([before.hits, before.total, before.facets])
  })
})

test('any query gets an answer, with at most the requested number of hits', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc
      .array(
        fc.constantFrom(
          'cache',
          '"',
          ':*',
          '&',
          '|',
          '!',
          '<->',
          "'",
          '\\',
          '\0',
          '(',
          ')',
          'OR',
          '-',
          'is:',
          '🐈',
          'שלום',
          '%',
          '*',
        ),
        { maxLength: 40 },
      )
      .map((parts) => parts.join(' ')),
  )
  await fc.assert(
    fc.asyncProperty(text, async (query) => {
      const { hits } = await ask(query, { limit: 3 })
      expect(hits.length).toBeLessThanOrEqual(3)
    }),
    { numRuns: 150 },
  )
})

test('oversized queries get an answer too', async () => {
  for (const query of [
    'cache '.repeat(9000),
    '"cache" '.repeat(5000),
    'a'.repeat(50_000),
    '('.repeat(50_000),
  ]) {
    const { warnings } = await ask(query)
    expect(warnings.length).toBeGreaterThan(0)
  }
})
