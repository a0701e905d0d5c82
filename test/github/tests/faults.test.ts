import { expect, test } from 'vitest'
import { ask, get, startSmall } from '#test/github/ask.ts'
import type { GivenFault } from '../faults/fault-format.ts'

const PULLS = `query Pulls { rateLimit { cost } repository(owner: "acme", name: "engine") {
  pullRequests(first: 10) { totalCount nodes { id number comments(first: 10) { totalCount nodes { id } } } } } }`
const ME = 'user:stand-in-reader'

test.each<[GivenFault['kind'], number, string, RegExp]>([
  ['bad-gateway', 502, 'text/html', /^<html>/],
  ['gateway-timeout', 504, 'application/json; charset=utf-8', /respond to your request in time/],
  ['truncated-json', 200, 'application/json; charset=utf-8', /^\{"data"(?!.*\}\}\}$)/],
  ['empty-200', 200, 'application/json; charset=utf-8', /^$/],
  ['wrong-content-type', 200, 'text/html', /^\{"data".*\}$/],
])('%s occurs as configured, and the call is charged', async (kind, status, type, text) => {
  await using standIn = await startSmall({}, { kind, times: 1 } as GivenFault)
  const struck = await ask(standIn, PULLS)
  expect(struck.status).toBe(status)
  expect(struck.headers.get('content-type')).toBe(type)
  expect(struck.text).toMatch(text)
  expect((await ask(standIn, PULLS)).body.data.repository.pullRequests.nodes).toHaveLength(10)
  expect(standIn.tally.of(ME, 'graphql').points).toBe(2)
  expect(standIn.faults.struck()).toEqual({ [kind]: 1 })
})

test('a cut connection ends in the middle of the body, and the call is charged', async () => {
  await using standIn = await startSmall({}, { kind: 'cut-connection', times: 1 })
  await expect(ask(standIn, PULLS)).rejects.toThrow()
  expect(standIn.tally.of(ME, 'graphql').points).toBe(1)
  expect((await ask(standIn, PULLS)).status).toBe(200)
})

test('beyond a node budget, the rest of the page is null, each node with its error', async () => {
  await using standIn = await startSmall({}, { kind: 'resource-limits', nodeBudget: 20 })
  const { status, body } = await ask(standIn, PULLS)
  expect(status).toBe(200)
  const nodes = body.data.repository.pullRequests.nodes
  expect(nodes[0].comments.nodes).not.toContain(null)
  expect(nodes.at(-1)).toBeNull()
  expect(body.errors?.every((error) => error.type === 'RESOURCE_LIMITS_EXCEEDED')).toBe(true)
  expect(body.errors?.at(-1).path).toEqual(['repository', 'pullRequests', 'nodes', 9])
  const narrow = await ask(standIn, PULLS.replace('(first: 10) { total', '(last: 2) { total'))
  expect(narrow.body.errors).toBeUndefined()
})

test('null nodes come without an error, partial errors with their path', async () => {
  await using silent = await startSmall({}, { kind: 'null-nodes', share: 0.5 })
  const nulls = (await ask(silent, PULLS)).body
  expect(nulls.errors).toBeUndefined()
  expect(nulls.data.repository.pullRequests.nodes).toContain(null)
  await using telling = await startSmall({}, { kind: 'partial-errors', share: 0.5 })
  const partial = (await ask(telling, PULLS)).body
  expect(partial.data.repository.pullRequests.nodes).toContain(null)
  expect(partial.errors?.[0].path.slice(0, 3)).toEqual(['repository', 'pullRequests', 'nodes'])
})

test.each(['RATE_LIMITED', 'RATE_LIMIT'] as const)(
  'the primary limit can be spelt %s',
  async (spelling) => {
    await using standIn = await startSmall(
      {},
      { kind: 'primary-limit', spelling, seconds: 120, times: 1 },
    )
    const { status, body, headers } = await ask(standIn, PULLS)
    expect([status, body.errors?.[0].type]).toEqual([200, spelling])
    expect(headers.get('x-ratelimit-remaining')).toBe('0')
    expect(Number(headers.get('x-ratelimit-reset')) * 1000).toBe(
      standIn.clock.now().getTime() + 120_000,
    )
    expect((await ask(standIn, PULLS)).body.errors?.[0].type).toBe(spelling)
    expect(standIn.tally.of(ME, 'graphql')).toMatchObject({
      points: 0,
      refused: 2,
      whileLimited: 1,
    })
    standIn.clock.advance(120)
    expect((await ask(standIn, PULLS)).status).toBe(200)
  },
)

test.each([
  [403, true, '90'],
  [429, true, '90'],
  [403, false, null],
  [200, true, '90'],
  [200, false, null],
] as const)(
  'a secondary limit answers %i, with Retry-After: %s',
  async (status, retryAfter, header) => {
    await using standIn = await startSmall(
      {},
      { kind: 'secondary-limit', status, retryAfter, seconds: 90, times: 1 },
    )
    const limited = await ask(standIn, PULLS)
    expect(limited.status).toBe(status)
    expect(limited.headers.get('retry-after')).toBe(header)
    expect(limited.body.message ?? limited.body.errors?.[0].message).toMatch(/secondary rate limit/)
    expect((await get(standIn, '/user')).status).toBe(status === 200 ? 403 : status)
    expect(standIn.tally.of(ME, 'core').whileLimited).toBe(1)
    standIn.clock.advance(90)
    expect((await ask(standIn, PULLS)).body.data.repository.pullRequests.nodes).toHaveLength(10)
  },
)

test('an expired token stays expired, and only a new one works', async () => {
  await using standIn = await startSmall({}, { kind: 'expired-token', after: 1, times: 1 })
  expect((await ask(standIn, PULLS)).status).toBe(200)
  const expired = await ask(standIn, PULLS)
  expect([expired.status, expired.body.message]).toEqual([401, 'Bad credentials'])
  expect((await ask(standIn, PULLS)).status).toBe(401)
  const fresh = standIn.givePersonalToken('stand-in-reader', 'all')
  expect(fresh).not.toBe(standIn.personalToken)
  expect((await ask(standIn, PULLS, {}, fresh)).status).toBe(200)
})

test('an answer that takes too long for its pull requests is a 502, a narrower one is not', async () => {
  await using standIn = await startSmall(
    {},
    { kind: 'slow', secondsPerPull: 0.01, timeoutSeconds: 0.05 },
  )
  expect((await ask(standIn, PULLS)).status).toBe(502)
  expect((await ask(standIn, PULLS.replace('first: 10', 'first: 5'))).status).toBe(200)
  expect(standIn.tally.calls.map((call) => call.status)).toEqual([502, 200])
})

test('a failing pull request fails every query that reads its lists, and no other', async () => {
  await using standIn = await startSmall()
  const [, failing] = standIn.content({ repositories: ['acme/engine'] }).pullRequests
  standIn.faults.use({ kind: 'failing-pull', pull: failing?.id ?? '' })
  expect((await ask(standIn, PULLS)).status).toBe(502)
  const bare =
    '{ repository(owner: "acme", name: "engine") { pullRequests(first: 10) { nodes { id updatedAt } } } }'
  expect((await ask(standIn, bare)).body.errors).toBeUndefined()
  const other = PULLS.replace('first: 10)', 'last: 10)')
  expect((await ask(standIn, other)).status).toBe(200)
})

test('a list can be wrongly empty without an error, in GraphQL and in REST', async () => {
  await using standIn = await startSmall({}, { kind: 'wrongly-empty', times: 1 })
  const empty = (await ask(standIn, PULLS)).body.data.repository.pullRequests
  expect(empty).toEqual({ totalCount: 0, nodes: [] })
  standIn.faults.clear()
  standIn.faults.use({ kind: 'wrongly-empty', list: 'repositories' })
  expect((await get(standIn, '/user/repos')).text).toBe('[]')
})

test('the same seed affects the same calls', async () => {
  const script = async (seed: number) => {
    await using standIn = await startSmall({ seed }, { kind: 'bad-gateway', rate: 0.3 })
    const statuses: number[] = []
    for (let call = 0; call < 30; call += 1) statuses.push((await ask(standIn, PULLS)).status)
    return statuses
  }
  const first = await script(7)
  expect(await script(7)).toEqual(first)
  expect(await script(8)).not.toEqual(first)
  expect(first).toContain(502)
  expect(first).toContain(200)
})

test('a fault affects only the calls that it selects', async () => {
  await using standIn = await startSmall(
    {},
    { kind: 'bad-gateway', matching: 'query Pulls', resource: 'graphql', identity: ME },
  )
  expect((await ask(standIn, '{ viewer { login } }')).status).toBe(200)
  expect((await get(standIn, '/user')).status).toBe(200)
  expect((await ask(standIn, PULLS)).status).toBe(502)
})

test.each([
  [
    { kind: 'bad-weather' },
    /no fault called "bad-weather": use one of bad-gateway, gateway-timeout/,
  ],
  [{ kind: 'resource-limits' }, /^Fault resource-limits: nodeBudget: .+ Correct that option\.$/],
  [{ kind: 'slow', second: 1 }, /^Fault slow: .+second/],
  [{ kind: 'bad-gateway', rate: 2 }, /^Fault bad-gateway: rate: /],
])('the unknown fault %j is rejected with a hint', async (fault, message) => {
  await expect(startSmall({}, fault as GivenFault)).rejects.toThrow(message)
})
