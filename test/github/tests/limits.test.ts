import { expect, test } from 'vitest'
import { ask, get, startSmall } from '#test/github/ask.ts'

const ONE_POINT = '{ rateLimit { cost limit remaining used resetAt nodeCount } viewer { login } }'

test('a query returns its cost and the budget in the answer and in the headers', async () => {
  await using standIn = await startSmall()
  const { body, headers } = await ask(standIn, ONE_POINT)
  expect(body.data.rateLimit).toEqual({
    cost: 1,
    limit: 5000,
    remaining: 4999,
    used: 1,
    resetAt: '2026-02-01T13:00:00Z',
    nodeCount: 0,
  })
  expect(Object.fromEntries(headers)).toMatchObject({
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': '4999',
    'x-ratelimit-used': '1',
    'x-ratelimit-reset': String(Date.parse('2026-02-01T13:00:00Z') / 1000),
    'x-ratelimit-resource': 'graphql',
    date: 'Sun, 01 Feb 2026 12:00:00 GMT',
  })
})

test('an exhausted budget is an error with status 200 until the hour is over', async () => {
  await using standIn = await startSmall({ limits: { graphql: 2 } })
  await ask(standIn, ONE_POINT)
  await ask(standIn, ONE_POINT)
  const refused = await ask(standIn, ONE_POINT)
  expect(refused.status).toBe(200)
  expect(refused.body.errors?.[0]).toMatchObject({ type: 'RATE_LIMITED' })
  expect(refused.headers.get('x-ratelimit-remaining')).toBe('0')
  expect(standIn.tally.of('user:stand-in-reader', 'graphql')).toMatchObject({
    requests: 3,
    points: 2,
    refused: 1,
    whileLimited: 0,
  })
  await ask(standIn, ONE_POINT)
  expect(standIn.tally.of('user:stand-in-reader', 'graphql').whileLimited).toBe(1)
  standIn.clock.advance(3600)
  expect((await ask(standIn, ONE_POINT)).body.data.rateLimit.remaining).toBe(1)
})

test('REST and GraphQL have separate budgets, and reading them is free', async () => {
  await using standIn = await startSmall({ limits: { core: 1 } })
  expect((await get(standIn, '/user')).status).toBe(200)
  const refused = await get(standIn, '/user')
  expect(refused.status).toBe(403)
  expect(refused.body.message).toMatch(/^API rate limit exceeded for user ID \d+\.$/)
  const { resources } = JSON.parse((await get(standIn, '/rate_limit')).text)
  expect(resources.core).toMatchObject({ limit: 1, used: 1, remaining: 0 })
  expect(resources.graphql).toMatchObject({ limit: 5000, used: 0 })
})

test('more calls per minute than allowed cause a secondary limit, with its duration in seconds', async () => {
  await using standIn = await startSmall({ limits: { graphqlPerMinute: 2 } })
  await ask(standIn, ONE_POINT)
  await ask(standIn, ONE_POINT)
  const refused = await ask(standIn, ONE_POINT)
  expect(refused.status).toBe(403)
  expect(refused.body.message).toMatch(/secondary rate limit/)
  expect(refused.headers.get('retry-after')).toBe('60')
  standIn.clock.advance(30)
  expect((await ask(standIn, ONE_POINT)).headers.get('retry-after')).toBe('30')
  standIn.clock.advance(30)
  expect((await ask(standIn, ONE_POINT)).status).toBe(200)
})

test('more concurrent calls than allowed cause a secondary limit', async () => {
  await using standIn = await startSmall(
    { limits: { concurrency: 2 } },
    { kind: 'slow', seconds: 0.05 },
  )
  const answers = await Promise.all([1, 2, 3].map(() => ask(standIn, ONE_POINT)))
  expect(answers.map((one) => one.status).sort()).toEqual([200, 200, 403])
  expect(standIn.tally.of('user:stand-in-reader', 'graphql').maxConcurrency).toBe(3)
})

test('an Enterprise Server without limits reports none', async () => {
  await using standIn = await startSmall({ limits: { off: true } })
  const { body, headers } = await ask(standIn, ONE_POINT)
  expect(body.data.rateLimit).toBeNull()
  expect(headers.has('x-ratelimit-remaining')).toBe(false)
  expect((await get(standIn, '/api/v3/rate_limit')).status).toBe(404)
  expect((await get(standIn, '/api/v3/user')).status).toBe(200)
})

test('the budget of an installation grows with its repositories', async () => {
  await using standIn = await startSmall({
    sources: [
      { kind: 'generated', login: 'acme', pulls: 20, repositories: 1, quietRepositories: 33 },
    ],
  })
  const [installation] = standIn.world.installations.values()
  const repositories = standIn.world.repositories.size
  expect(repositories).toBe(40)
  const token = standIn.installationToken(installation?.id ?? 0)
  const { body } = await ask(standIn, ONE_POINT, {}, token)
  expect(body.data.rateLimit.limit).toBe(5000 + 20 * 50)
})
