import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { FatalError, RetryableError } from '#app/config/errors.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { openGithub, type RestAnswer } from '#app/github/client.ts'
import type { GraphqlQuery } from '#app/github/queries/query.ts'
import type { FaultKind, GivenFault } from '#test/github/faults/fault-format.ts'
import { makeClock } from '#test/github/world/clock.ts'
import { startSmall } from '../../github/ask.ts'
import type { StandIn } from '../../github/stand-in.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { configAs, openClient, VIEWER } from '../../support/open-client.ts'

const PULLS: GraphqlQuery<
  { name: string; first: number },
  { repository: { pullRequests: { nodes: ({ id: string; body: string } | null)[] } } | null }
> = {
  name: 'pulls',
  text: `query ($name: String!, $first: Int!) {
    repository(owner: "acme", name: $name) {
      pullRequests(first: $first) { nodes { id body commits(first: 1) { nodes { id } } } } } }`,
}

let services: TestServices

beforeAll(async () => {
  services = await openTestServices()
})
afterAll(() => services.close())
beforeEach(async () => {
  await services.services.database.pool.query('delete from installation')
})

/** Starts a stand-in whose clock runs with the machine's. */
function start(...faults: GivenFault[]) {
  return startSmall({ clock: makeClock() }, ...faults)
}

async function fails(call: Promise<unknown>): Promise<Error> {
  return call.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error,
  )
}

interface Activity {
  active: boolean
  inactiveReason: string | null
}

async function activity(): Promise<Activity> {
  const { rows } = await services.services.database.pool.query<Activity>(
    'select active, inactive_reason from installation',
  )
  return rows[0] as Activity
}

describe.each(['app', 'token'] as const)('with %s credentials', (as) => {
  test('a query and a read return an answer, with node ids of the new format', async () => {
    await using standIn = await start()
    const { github, caller } = await openClient(services, standIn, as)
    const { data, errors, at } = await github.query(caller, PULLS, { name: 'engine', first: 3 })
    const ids = data.repository?.pullRequests.nodes.map((node) => node?.id)
    expect(ids).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(/^PR_/)))
    expect(errors).toEqual([])
    expect(Math.abs(at.getTime() - Date.now())).toBeLessThan(60_000)
    const read = await github.read<{ full_name: string }>(caller, '/repos/acme/engine')
    expect(read).toMatchObject({ status: 200, body: { full_name: 'acme/engine' }, next: null })
  })

  test('an Enterprise Server without limits answers', async () => {
    await using standIn = await startSmall({ clock: makeClock(), limits: { off: true } })
    const config = configAs(services.services, standIn, as)
    config.GITHUB_API_URL = `${standIn.url}/api/v3/`
    const { github, caller } = await openClient(services, standIn, as, { config })
    const text = '{ viewer { login } rateLimit { cost } }'
    const query: GraphqlQuery<object, { rateLimit: null }> = { name: 'limit', text }
    expect((await github.query(caller, query, {})).data.rateLimit).toBeNull()
    expect((await github.read(caller, '/repos/acme/engine')).status).toBe(200)
  })
})

describe('a fault', () => {
  test.each([
    ['bad-gateway', 'timeout'],
    ['gateway-timeout', 'timeout'],
    ['truncated-json', 'broken'],
    ['cut-connection', 'broken'],
    ['empty-200', 'broken'],
    ['wrong-content-type', 'broken'],
  ] as const satisfies [FaultKind, string][])(
    'in transport (%s) is retryable (%s), for queries and reads',
    async (kind, expected) => {
      await using standIn = await start()
      const { github, caller } = await openClient(services, standIn, 'app')
      await github.query(caller, VIEWER, {})
      standIn.faults.use({ kind })
      for (const call of [
        () => github.query(caller, VIEWER, {}),
        () => github.read(caller, '/repos/acme/engine'),
      ]) {
        const error = await fails(call())
        expect(error).toBeInstanceOf(RetryableError)
        expect(error).toMatchObject({ kind: expected })
      }
    },
  )

  test('in a query: too many nodes, errors beside data, nulls without a reason', async () => {
    await using standIn = await start()
    const { github, caller } = await openClient(services, standIn, 'app')
    const ask = () => github.query(caller, PULLS, { name: 'engine', first: 20 })
    standIn.faults.use({ kind: 'resource-limits', nodeBudget: 5 })
    expect(await fails(ask())).toMatchObject({ kind: 'resource_limits' })
    standIn.faults.clear()
    standIn.faults.use({ kind: 'partial-errors', share: 0.3 })
    const partial = await ask()
    expect(partial.errors.length).toBeGreaterThan(0)
    for (const { path } of partial.errors) expect(path[0]).toBe('repository')
    standIn.faults.clear()
    standIn.faults.use({ kind: 'null-nodes', share: 0.3 })
    expect((await ask()).errors).toEqual([])
  })

  test('in the connection is retryable', async () => {
    const standIn = await start()
    const { github, caller } = await openClient(services, standIn, 'token')
    await standIn.stop()
    expect(await fails(github.query(caller, VIEWER, {}))).toMatchObject({
      kind: 'broken',
      message: expect.stringMatching(/ECONN/),
    })
  })

  test('does not reveal a secret', async () => {
    for (const as of ['app', 'token'] as const) {
      await using standIn = await start()
      const { github, caller, lines } = await openClient(services, standIn, as)
      const found: string[] = []
      const faults: GivenFault[] = [
        { kind: 'bad-gateway' },
        { kind: 'cut-connection' },
        { kind: 'secondary-limit', seconds: 5 },
        { kind: 'expired-token' },
      ]
      for (const fault of faults) {
        standIn.faults.use(fault)
        const error = await fails(github.query(caller, VIEWER, {}))
        found.push(JSON.stringify([error.message, error.stack, error.cause, { ...error }]))
        standIn.faults.clear()
        standIn.clock.advance(5)
        await services.services.database.pool.query('delete from github_budget')
      }
      for (const text of [...found, ...lines]) {
        expect(text).not.toMatch(/gh[ps]_[\w]|PRIVATE KEY|eyJ/)
      }
    }
  })
})

describe('a token', () => {
  test('that is no longer accepted is replaced once, transparently', async () => {
    await using standIn = await start()
    const { github, caller } = await openClient(services, standIn, 'app')
    standIn.faults.use({ kind: 'expired-token', after: 1, times: 1, resource: 'graphql' })
    for (let call = 0; call < 3; call++) await github.query(caller, VIEWER, {})
    expect(standIn.faults.struck()).toEqual({ 'expired-token': 1 })
  })

  test('that is an hour old is replaced, too', async () => {
    await using standIn = await start()
    const { github, caller } = await openClient(services, standIn, 'app')
    await github.query(caller, VIEWER, {})
    standIn.clock.advance(3700)
    expect((await github.query(caller, VIEWER, {})).errors).toEqual([])
  })

  test('that is rejected again is fatal, after GitHub was asked about the installation', async () => {
    await using standIn = await start()
    const { github, caller } = await openClient(services, standIn, 'app')
    standIn.faults.use({ kind: 'expired-token', resource: 'graphql' })
    const error = await fails(github.query(caller, VIEWER, {}))
    expect(error).toBeInstanceOf(FatalError)
    expect(error.message).toContain('does not accept them (Bad credentials)')
    expect(standIn.tally.calls.at(-1)?.what).toMatch(/^\/app\/installations\/\d+$/)
    expect(await activity()).toEqual({ active: true, inactiveReason: null })
  })

  test('of a person is fatal when rejected, and named in the error', async () => {
    await using standIn = await start()
    const { github, caller } = await openClient(services, standIn, 'token')
    standIn.expireToken(standIn.personalToken)
    const error = await fails(github.query(caller, VIEWER, {}))
    expect(error).toBeInstanceOf(FatalError)
    expect(error.message).toContain('personal token')
  })

  test.each(['empty-200', 'truncated-json', 'bad-gateway'] as const)(
    'from a truncated answer (%s) is requested again, and the next call succeeds',
    async (kind) => {
      await using standIn = await start()
      const { github, caller } = await openClient(services, standIn, 'app')
      standIn.faults.use({ kind, identity: 'app', times: 2 })
      expect(await fails(github.query(caller, VIEWER, {}))).toBeInstanceOf(RetryableError)
      standIn.faults.clear()
      expect((await github.query(caller, VIEWER, {})).data.viewer.login).toBe('whence[bot]')
    },
  )

  test.each([-1200, 1200])('is issued to a clock that is off by %i seconds', async (seconds) => {
    const clock = makeClock()
    clock.advance(seconds)
    await using standIn = await startSmall({ clock })
    const { github, caller } = await openClient(services, standIn, 'app')
    expect((await github.query(caller, VIEWER, {})).errors).toEqual([])
  })
})

describe('an installation', () => {
  test.each([
    ['suspend', 'suspended on GitHub'],
    ['uninstall', 'uninstalled on GitHub'],
  ] as const)('fails with a hint and becomes inactive after: %s', async (change, reason) => {
    await using standIn = await start()
    const { github, caller } = await openClient(services, standIn, 'app')
    await github.query(caller, VIEWER, {})
    standIn.changes[change]({ account: 'acme' })
    const error = await fails(github.query(caller, VIEWER, {}))
    expect(error).toBeInstanceOf(FatalError)
    expect(error.message).toBe(`The installation was ${reason}: restore it there, then sync again`)
    expect(await activity()).toEqual({ active: false, inactiveReason: reason })
  })

  test.each([
    ['the id of no App', (standIn: StandIn) => ({ appId: '1', privateKey: standIn.privateKey })],
    ['a key that is none', () => ({ appId: '41977', privateKey: 'PRIVATE KEY' })],
  ])('is not deactivated by %s', async (_name, key) => {
    await using standIn = await start()
    const { config, caller } = await openClient(services, standIn, 'app')
    const github = { kind: 'app' as const, webhookSecret: null, ...key(standIn) }
    const { pool } = services.services.database
    const { logger } = services.services
    const wrong = openGithub({ pool, logger, config: { ...config, github } })
    const error = await fails(wrong.query(caller, VIEWER, {}))
    expect(error).toBeInstanceOf(FatalError)
    expect(error.message).toMatch(/at \/setup or in GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY/)
    expect(await activity()).toEqual({ active: true, inactiveReason: null })
  })
})

describe('a query', () => {
  test('that GitHub rejects is fatal', async () => {
    await using standIn = await start()
    const { github, caller } = await openClient(services, standIn, 'app')
    const wrong = { name: 'wrong', text: '{ viewer { nickname } }' }
    expect(await fails(github.query(caller, wrong, {}))).toBeInstanceOf(FatalError)
  })

  test('for missing objects reports them beside its data', async () => {
    await using standIn = await start()
    const { github, caller } = await openClient(services, standIn, 'app')
    const { data, errors } = await github.query(caller, PULLS, { name: 'nothing', first: 1 })
    expect(data.repository).toBeNull()
    expect(errors).toMatchObject([{ type: 'NOT_FOUND', path: ['repository'] }])
  })

  test('that is aborted ends at once and releases its slot', async () => {
    await using standIn = await start({ kind: 'slow', seconds: 9, times: 1, resource: 'graphql' })
    const { github, caller } = await openClient(services, standIn, 'app')
    const abort = new AbortController()
    const call = fails(github.query({ ...caller, signal: abort.signal }, VIEWER, {}))
    await expect.poll(() => standIn.faults.struck().slow).toBe(1)
    abort.abort(new Error('given up'))
    expect((await call).message).toBe('given up')
    expect((await github.query(caller, VIEWER, {})).errors).toEqual([])
  })

  test('inside a transaction is refused', async () => {
    await using standIn = await start()
    const { github, caller } = await openClient(services, standIn, 'app')
    const inside = transaction(services.services.database.pool, () =>
      github.query(caller, VIEWER, {}),
    )
    expect((await fails(inside)).message).toContain('inside a transaction')
  })
})

describe('a read', () => {
  test('that is unchanged costs nothing and returns the same result', async () => {
    await using standIn = await start()
    const { github, caller } = await openClient(services, standIn, 'app')
    const first = await github.read(caller, '/installation/repositories?per_page=2')
    const { points } = standIn.tally.of(`installation:${idOf(standIn)}`, 'core')
    const second = await github.read(caller, '/installation/repositories?per_page=2')
    expect(second).toEqual({ ...first, at: expect.any(Date) })
    const after = standIn.tally.of(`installation:${idOf(standIn)}`, 'core')
    expect([after.points, after.notModified]).toEqual([points, 1])
    standIn.changes.editRepository({ repository: 'acme/shelved', description: 'New' })
    const third = await github.read(caller, '/installation/repositories?per_page=2')
    expect(JSON.stringify(third.body)).toContain('"New"')
  })

  test('follows pages, but to no other host', async () => {
    await using standIn = await start()
    const { github, caller } = await openClient(services, standIn, 'app')
    const names: string[] = []
    let path: string | null = '/installation/repositories?per_page=2'
    while (path) {
      const page: RestAnswer<{ repositories: { name: string }[] }> = await github.read(caller, path)
      names.push(...(page.body?.repositories.map((one) => one.name) ?? []))
      path = page.next
    }
    expect(new Set(names).size).toBe(7)
    const abroad = await fails(github.read(caller, 'http://127.0.0.1:1/user'))
    expect(abroad).toBeInstanceOf(FatalError)
  })

  test('follows a new name and reports inaccessible repositories by status', async () => {
    await using standIn = await start()
    const { github, caller } = await openClient(services, standIn, 'app')
    const { body } = await github.read<{ id: number }>(caller, '/repos/acme/engine')
    standIn.changes.rename({ repository: 'acme/engine', name: 'motor' })
    const moved = await github.read<{ id: number; name: string }>(caller, '/repos/acme/engine')
    expect(moved.body).toMatchObject({ id: body?.id, name: 'motor' })
    expect(await github.read(caller, '/repos/acme/nothing')).toMatchObject({
      status: 404,
      body: null,
    })
  })
})

function idOf({ world }: Pick<StandIn, 'world'>): number {
  return [...world.installations.keys()][0] as number
}
