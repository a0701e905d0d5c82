import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { RateLimitedError } from '#app/config/errors.server.ts'
import { readBudgets } from '#app/github/budgets.ts'
import type { Caller } from '#app/github/client.ts'
import { PRIORITY } from '#app/queues/stages.ts'
import type { GivenFault } from '#test/github/faults/fault-format.ts'
import { makeClock } from '#test/github/world/clock.ts'
import { startSmall } from '../../github/ask.ts'
import type { StandIn, StandInOptions } from '../../github/stand-in.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { type OpenedClient, openClient, openSecond, VIEWER } from '../../support/open-client.ts'

let services: TestServices

beforeAll(async () => {
  services = await openTestServices()
})
afterAll(() => services.close())
beforeEach(() => query('delete from installation'))

async function query<Row extends object>(sql: string): Promise<Row[]> {
  return (await services.services.database.pool.query<Row>(sql)).rows
}

function start(limits: StandInOptions['limits'] = {}, ...faults: GivenFault[]) {
  return startSmall({ clock: makeClock(), limits }, ...faults)
}

/** Makes a call and returns the limit that it met, or null. */
async function ask({ github }: Pick<OpenedClient, 'github'>, caller: Caller) {
  return github.query(caller, VIEWER, {}).then(
    () => null,
    (error: unknown) => {
      if (error instanceof RateLimitedError) return error
      throw error
    },
  )
}

function secondsTo({ until }: { until: Date }): number {
  return (until.getTime() - Date.now()) / 1000
}

function whileLimited({ tally }: StandIn): number {
  return Object.values(tally.all()).reduce((sum, one) => sum + one.whileLimited, 0)
}

function graphqlCalls({ tally }: StandIn): number {
  return tally.calls.filter(({ resource }) => resource === 'graphql').length
}

const UNTOLD = {
  kind: 'secondary-limit',
  retryAfter: false,
  seconds: 60,
  resource: 'graphql',
} as const

const LIMITS: [string, GivenFault, number][] = [
  ['RATE_LIMITED', { kind: 'primary-limit', seconds: 600 }, 601],
  ['RATE_LIMIT', { kind: 'primary-limit', spelling: 'RATE_LIMIT', seconds: 600 }, 601],
  ...([200, 403, 429] as const).flatMap((status): [string, GivenFault, number][] => [
    [`secondary ${status}`, { kind: 'secondary-limit', status, seconds: 90 }, 91],
    [
      `secondary ${status} without a time`,
      { kind: 'secondary-limit', status, seconds: 90, retryAfter: false },
      60,
    ],
  ]),
]

describe('a limiting answer', () => {
  test.each(LIMITS)('(%s) is the last call of any process until it ends', async (...given) => {
    const [, fault, seconds] = given
    await using standIn = await start({}, { ...fault, times: 1, resource: 'graphql', after: 1 })
    const client = await openClient(services, standIn, 'app')
    await using second = await openSecond(services, client)
    expect(await ask(client, client.caller)).toBeNull()
    const limit = (await ask(client, client.caller)) as RateLimitedError
    expect(limit).toBeInstanceOf(RateLimitedError)
    expect(Math.abs(secondsTo(limit) - seconds)).toBeLessThan(15)
    const calls = graphqlCalls(standIn)
    for (const one of [client, second]) {
      const again = await ask(one, { ...client.caller, priority: PRIORITY.access })
      expect(again?.until.getTime()).toBe(limit.until.getTime())
    }
    if (fault.kind === 'secondary-limit')
      await expect(client.github.read(client.caller, '/repos/acme/engine')).rejects.toThrow(
        RateLimitedError,
      )
    expect(graphqlCalls(standIn)).toBe(calls)
    expect(whileLimited(standIn)).toBe(0)
  })

  test('to a read stops reads, and one of the hourly budget does not stop queries', async () => {
    await using standIn = await start({}, { kind: 'primary-limit', resource: 'core', after: 1 })
    const client = await openClient(services, standIn, 'token')
    const read = () => client.github.read(client.caller, '/repos/acme/engine')
    await expect(read()).rejects.toThrow(RateLimitedError)
    await expect(read()).rejects.toThrow(RateLimitedError)
    expect(await ask(client, client.caller)).toBeNull()
    expect(whileLimited(standIn)).toBe(0)
  })

  test("is timed by our clock, whatever GitHub's clock says", async () => {
    const clock = makeClock({ start: new Date('2031-01-01T00:00:00Z') })
    await using standIn = await startSmall({ clock })
    const client = await openClient(services, standIn, 'app')
    standIn.faults.use({ kind: 'primary-limit', seconds: 300, resource: 'graphql' })
    const limit = await ask(client, client.caller)
    expect(Math.abs(secondsTo(limit as RateLimitedError) - 301)).toBeLessThan(15)
  })

  test('ends, and calls succeed again', async () => {
    await using standIn = await start()
    const client = await openClient(services, standIn, 'app')
    for (const kind of ['primary-limit', 'secondary-limit'] as const) {
      standIn.faults.use({ kind, seconds: 1, times: 1, resource: 'graphql' })
      expect(await ask(client, client.caller)).not.toBeNull()
      await vi.waitFor(async () => expect(await ask(client, client.caller)).toBeNull(), {
        timeout: 20_000,
        interval: 100,
      })
    }
    expect(whileLimited(standIn)).toBe(0)
  })

  test('that repeats without a duration doubles the wait until a call succeeds', async () => {
    await using standIn = await start()
    const client = await openClient(services, standIn, 'app')
    const waits: number[] = []
    for (const isRefused of [true, true, true, false, true]) {
      if (isRefused) standIn.faults.use({ ...UNTOLD, times: 1 })
      const limit = await ask(client, client.caller)
      standIn.clock.advance(60)
      if (limit) waits.push(Math.round(secondsTo(limit) / 60))
      await query(`update github_budget set paused_until = now() - interval '1 second'`)
    }
    expect(waits).toEqual([1, 2, 4, 1])
  })

  test('to a token request holds back the next token request, too', async () => {
    await using standIn = await start()
    const client = await openClient(services, standIn, 'app')
    await using second = await openSecond(services, client)
    standIn.faults.use({ kind: 'secondary-limit', seconds: 90, identity: 'app', times: 1 })
    for (const one of [client, second, client])
      expect(
        Math.abs(secondsTo((await ask(one, client.caller)) as RateLimitedError) - 91),
      ).toBeLessThan(15)
    expect(whileLimited(standIn)).toBe(0)
  })

  test('is met only once by concurrent calls', async () => {
    await using standIn = await start()
    const client = await openClient(services, standIn, 'app')
    await using second = await openSecond(services, client)
    standIn.faults.use({ kind: 'secondary-limit', seconds: 30, after: 5, resource: 'graphql' })
    await Promise.all(
      [client, second, client, second, client, second].map(async (one) => {
        while ((await ask(one, client.caller)) === null);
      }),
    )
    expect(standIn.faults.struck()['secondary-limit']).toBe(1)
    expect(whileLimited(standIn)).toBe(0)
    const most = Object.values(standIn.tally.all()).map(({ maxConcurrency }) => maxConcurrency)
    expect(Math.max(...most)).toBe(1)
  })
})

describe('the hourly budget', () => {
  test('keeps its last tenth for people, and reports when it is exhausted', async () => {
    await using standIn = await start({ graphql: 20 })
    const client = await openClient(services, standIn, 'app')
    const { caller, lines } = client
    let limit = await ask(client, caller)
    while (!limit) limit = await ask(client, caller)
    expect(graphqlCalls(standIn)).toBe(18)
    expect(limit.message).toBe('the last GraphQL points of the hour are reserved for people')
    const person = { ...caller, priority: PRIORITY.person }
    expect(await ask(client, person)).toBeNull()
    expect(await ask(client, person)).toBeNull()
    const gone = await ask(client, person)
    expect(gone?.message).toBe('the GraphQL points of this hour are used up')
    expect(Math.abs(secondsTo(gone as RateLimitedError) - 3600)).toBeLessThan(60)
    expect([graphqlCalls(standIn), whileLimited(standIn)]).toEqual([20, 0])
    expect(lines.filter((line) => line.includes('nearly used up'))).toHaveLength(1)
    const [graphql] = await readBudgets(services.services.database.pool, operatorScope())
    expect(graphql).toMatchObject({ resource: 'graphql', limit: 20, remaining: 0, reason: null })
  })

  test('of one installation does not affect another', async () => {
    await using standIn = await start({ graphql: 3 })
    const client = await openClient(services, standIn, 'app')
    while ((await ask(client, client.caller)) === null);
    await using other = await start()
    const free = await openClient(services, other, 'token')
    const [token] = await query<{ id: string }>(`select id from installation where kind = 'token'`)
    const caller = { ...free.caller, installationId: token?.id as string }
    expect(await ask(free, caller)).toBeNull()
  })
})

describe('the limit per minute', () => {
  test('is never exceeded, however the calls are distributed', async () => {
    await using standIn = await start({ graphqlPerMinute: 44 })
    const callsAMinute = { graphql: 40, core: 40 }
    const client = await openClient(services, standIn, 'app', { callsAMinute })
    let met = 0
    while (met < 2) if (await ask(client, client.caller)) met += 1
    expect(graphqlCalls(standIn)).toBeGreaterThanOrEqual(20)
    expect(graphqlCalls(standIn)).toBeLessThanOrEqual(30)
    expect(Object.values(standIn.tally.all()).every(({ refused }) => refused === 0)).toBe(true)
  })
})

describe('a slot', () => {
  test('of a dead process is released when its lease expires, and not before', async () => {
    await using standIn = await start()
    const client = await openClient(services, standIn, 'app')
    expect(await ask(client, client.caller)).toBeNull()
    await query(
      `update github_budget set slots = jsonb_build_object('gone', now() + interval '1 h')`,
    )
    const limit = await ask(client, client.caller)
    expect(limit?.message).toBe('waiting for other calls of this installation')
    await query(`update github_budget set slots = jsonb_build_object('gone', now())`)
    expect(await ask(client, client.caller)).toBeNull()
    const [graphql] = await query(`select slots from github_budget where resource = 'graphql'`)
    expect(graphql).toEqual({ slots: {} })
  })
})
