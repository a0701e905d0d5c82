import { describe, expect, test } from 'vitest'
import { columnsOf } from '#app/database/columns.ts'
import {
  givenRepository,
  parseRepositoryName,
  repositoryNameOn,
} from '#app/github/repository-names.ts'
import { completeNodes, sortNodes } from '#app/github/sort-nodes.ts'
import { nextAfter, scheduleRule } from '#app/schedules/schedule-rules.ts'
import { makeFilter } from '#app/sync/settings/repository-filter.ts'
import { usersOf } from '#app/sync/tables/people.ts'
import {
  afterClean,
  afterResourceLimits,
  afterSecondFailure,
  firstWidth,
} from '#app/sync/window/page-width.ts'

describe('the repository filter', () => {
  const listed = {
    name: 'Engine',
    full_name: 'acme/Engine',
    archived: false,
    fork: false,
    visibility: 'public',
  }

  test.each([
    [{}, true],
    [{ include: ['eng*'] }, true],
    [{ include: ['acme/*'] }, true],
    [{ include: ['other/*'] }, false],
    [{ exclude: ['*gine'] }, false],
    [{ visibility: ['private'] }, false],
  ])('%o: %s', (settings, accepted) => {
    expect(makeFilter(settings).accepts(listed)).toBe(accepted)
  })

  test('excludes archived repositories and forks if configured', () => {
    const { accepts } = makeFilter({ archived: false, forks: false })
    expect(accepts({ ...listed, archived: true })).toBe(false)
    expect(accepts({ ...listed, fork: true })).toBe(false)
  })

  test.each([{ include: 'all' }, { includes: ['*'] }, { visibility: ['secret'] }, []])(
    'that is invalid never means "all": %o',
    (settings) => {
      expect(() => makeFilter(settings)).toThrow(/repository_filter.*Correct it/)
    },
  )
})

test.each([
  ['owner/name', 'owner/name'],
  ['https://github.com/owner/name.git', 'owner/name'],
  ['https://github.com/owner/name/pull/7', 'owner/name'],
  ['git@github.com:owner/name.git', 'owner/name'],
  ['owner/*', 'owner/*'],
  ['github.com/owner/name', 'owner/name'],
  ['www.github.com/owner/name.js/', 'owner/name.js'],
  ['ssh://git@github.com/owner/name.git', 'owner/name'],
  ['https://github.com/owner/name/pull/3#issue', 'owner/name'],
])('%s is the repository %s', (text, name) => {
  expect(parseRepositoryName(text)).toBe(name)
})

test.each([
  ...['', 'owner', 'a b/c', '../x', 'owner/..', 'https://github.com/owner', 'github.com/owner'],
  ...[
    'a/b/c',
    'owner/',
    '/name',
    'owner/name/pull/3',
    'owner/na*e',
    '*/name',
    'a.b/c',
    'owner/a?b',
  ],
])('"%s" is invalid', (text) => {
  expect(() => parseRepositoryName(text)).toThrow(/is not the name of a repository/)
  expect(givenRepository.safeParse(text).success).toBe(false)
})

test('an address must be on the GitHub that Whence reads', () => {
  expect(repositoryNameOn('https://git.example', 'https://git.example:8443/o/n')).toBe('o/n')
  for (const text of ['https://gitlab.com/o/n', 'gitlab.com/o/n', 'git@gitlab.com:o/n'])
    expect(() => repositoryNameOn('https://github.com', text)).toThrow(/on gitlab\.com, and this/)
})

describe('a schedule', () => {
  const noon = new Date('2026-03-29T12:00:00Z')

  test('is an interval, a cron expression in a time zone, or off', () => {
    expect(nextAfter({ every: 900 }, noon)).toEqual(new Date('2026-03-29T12:15:00Z'))
    // Daylight saving time started in Berlin that morning.
    expect(nextAfter({ cron: '0 3 * * *', timeZone: 'Europe/Berlin' }, noon)).toEqual(
      new Date('2026-03-30T01:00:00Z'),
    )
    expect(nextAfter({ off: true }, noon)).toBeNull()
  })

  test('that is invalid is rejected', () => {
    expect(() => nextAfter({ cron: 'often', timeZone: 'UTC' }, noon)).toThrow(/not valid/)
    expect(scheduleRule.safeParse({ every: 1 }).success).toBe(false)
  })
})

describe('the width of a page', () => {
  test('is halved, and recovers after two clean pages', () => {
    const narrow = afterSecondFailure(firstWidth(null))
    expect(narrow.width).toBe(9)
    expect(afterClean(afterClean(narrow)).width).toBeGreaterThan(9)
  })

  test('converges on the widest page that GitHub accepts', () => {
    const limit = 13
    let state = firstWidth(null)
    const calls: number[] = []
    for (let page = 0; page < 60; ) {
      calls.push(state.width)
      if (state.width > limit) state = afterResourceLimits(state)
      else {
        state = afterClean(state)
        page++
      }
    }
    const read = calls.filter((width) => width <= limit)
    const mean = read.reduce((sum, width) => sum + width, 0) / read.length
    expect(mean).toBeGreaterThan(limit * 0.9)
    expect(calls.length - read.length).toBeLessThan(12)
  })
})

test('nodes are sorted into complete, deleted, refused and incomplete ones', () => {
  const complete = { id: 'a', list: { nodes: [{ id: 1 }] } }
  const withHole = { id: 'b', list: { nodes: [null] } }
  const withheld = { id: 'c', list: null }
  const nodes = [complete, withHole, withheld, null, null, null]
  const errors = [
    { type: 'FORBIDDEN', message: 'not yours', path: ['nodes', 2, 'list'] },
    { type: 'NOT_FOUND', message: 'gone', path: ['nodes', 3] },
    { type: 'FORBIDDEN', message: 'not yours', path: ['nodes', 4] },
    { type: 'NOT_FOUND', message: 'gone', path: ['more', 1] },
  ]
  expect(completeNodes(nodes, errors, ['nodes'], { own: ['list'] })).toEqual([complete, withheld])
  const ids = Array.from({ length: 102 }, (_, index) => index)
  const data = { nodes: [...nodes, ...Array(94).fill(complete)], more: [complete, null] }
  const sorted = sortNodes(ids, { data, errors }, { own: ['list'] })
  expect(sorted.complete.map(({ target }) => target)).toEqual([0, 2, ...ids.slice(6, 101)])
  expect(sorted).toMatchObject({ partial: [1, 5], missing: [3, 101], refused: [{ target: 4 }] })
})

describe('a null within an answer', () => {
  const lists = { own: ['reviews' as const], foreign: ['issues' as const] }
  const node = { id: 'a', state: null, reviews: { nodes: [{}] }, issues: { nodes: [null] } }
  const sort = (given: object, errors: object[], failures: number) => {
    const answer = { data: { nodes: [{ ...node, ...given }] }, errors: errors as never }
    const { complete, partial } = sortNodes([{ failures }], answer, lists)
    return [complete.length, partial.length]
  }
  const refusal = { type: 'FORBIDDEN', message: 'SAML', path: ['nodes', 0, 'issues', 'nodes', 0] }
  const internal = (...path: (string | number)[]) => [
    { type: 'INTERNAL', message: 'x', path: ['nodes', 0, ...path] },
  ]

  test('is believed at once if GitHub refuses what stands there', () => {
    expect(sort({}, [refusal], 0)).toEqual([1, 0])
  })

  test('is believed the second time in a list of things elsewhere', () => {
    expect([sort({}, [], 0), sort({}, [], 1)]).toEqual([
      [0, 1],
      [1, 0],
    ])
  })

  test('is believed the second time in a single field', () => {
    const issues = { nodes: [] }
    expect(sort({ issues }, internal('state'), 0)).toEqual([0, 1])
    expect(sort({ issues }, internal('state'), 1)).toEqual([1, 0])
  })

  test('is believed the second time in place of a cursor', () => {
    const reviews = { nodes: [{}], pageInfo: { hasNextPage: true, endCursor: null } }
    const issues = { nodes: [] }
    expect([sort({ issues, reviews }, [], 0), sort({ issues, reviews }, [], 1)]).toEqual([
      [0, 1],
      [1, 0],
    ])
  })

  test.each<[string, object, object[]]>([
    ['among its own nodes', { reviews: { nodes: [null] } }, []],
    ['in place of a list', { reviews: null }, internal('reviews')],
    ['among its own nodes with an error', { reviews: { nodes: [null] } }, internal('reviews')],
  ])('is never believed %s', (_, given, errors) => {
    expect(sort({ issues: { nodes: [] }, ...given }, errors, 3)).toEqual([0, 1])
  })
})

test.each([
  ['soon', 'timestamptz'],
  ['yes', 'boolean'],
  [7, 'text'],
  [2 ** 31, 'int'],
  [40_000, 'smallint'],
  ['seven', 'bigint'],
] as const)('%j is rejected in a column of type %s', (value, type) => {
  expect(() => columnsOf([{ value }], { value: type })).toThrow()
})

test.each([
  [{ __typename: 'Bot', id: 'BOT_1', login: 'copilot-swe-agent' }, 'copilot-swe-agent[bot]', 'Bot'],
  [{ __typename: 'User', id: 'BOT_1', login: 'helper[bot]' }, 'helper[bot]', 'Bot'],
  [{ __typename: 'User', id: 'BOT_1', login: 'Copilot' }, 'Copilot', 'Bot'],
  [{ __typename: 'User', id: 'U_1', login: 'Copilot' }, 'Copilot', 'Bot'],
  [{ __typename: 'User', id: 'U_2', login: 'ada' }, 'ada', 'User'],
  [{ __typename: 'Organization', id: 'O_1', login: 'acme' }, 'acme', 'Organization'],
])('%j is stored as %s, a %s', (actor, login, kind) => {
  expect(usersOf([actor], 'now')).toEqual([{ nodeId: actor.id, login, kind, readAt: 'now' }])
})
