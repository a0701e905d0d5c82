import { App } from '@octokit/app'
import { Octokit } from '@octokit/core'
import { graphql } from '@octokit/graphql'
import { retry } from '@octokit/plugin-retry'
import { throttling } from '@octokit/plugin-throttling'
import { expect, test } from 'vitest'
import { get, startSmall } from '#test/github/ask.ts'
import type { StandIn } from '#test/github/stand-in.ts'
import { makeClock } from '../world/clock.ts'

// The client warns about the clock that a test sets wrong on purpose.
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }

function ignore(): void {}

function appFor(standIn: StandIn): App {
  const { appId, privateKey, url: baseUrl } = standIn
  return new App({ appId, privateKey, Octokit: Octokit.defaults({ baseUrl }), log: SILENT })
}

const NOW = () => ({ clock: makeClock() })

test.each([40, 520] as const)(
  'an App lists its installations and their repositories, with tokens of %i characters',
  async (tokenLength) => {
    await using standIn = await startSmall({ ...NOW(), tokens: { tokenLength } })
    const app = appFor(standIn)
    const { data } = await app.octokit.request('GET /app')
    expect(data?.slug).toBe('whence')
    const names: string[] = []
    for await (const { octokit, installation } of app.eachInstallation.iterator()) {
      expect(installation.account?.login).toBe('acme')
      const { token } = (await octokit.auth({ type: 'installation' })) as { token: string }
      expect(token).toMatch(/^ghs_/)
      expect(token).toHaveLength(tokenLength)
    }
    for await (const { repository } of app.eachRepository.iterator())
      names.push(repository.full_name)
    expect(names.sort()).toEqual(
      ['brick', 'empty', 'engine', 'first', 'mortar', 'secret', 'shelved'].map(
        (one) => `acme/${one}`,
      ),
    )
  },
)

test.each([-1200, 1200])(
  'an App whose clock is off by %i seconds compensates for the difference',
  async (seconds) => {
    const clock = makeClock()
    clock.advance(seconds)
    await using standIn = await startSmall({ clock })
    const { data } = await appFor(standIn).octokit.request('GET /app')
    expect(data?.id).toBe(standIn.appId)
  },
)

test('a JWT with another key, and a suspended or uninstalled App, are rejected', async () => {
  await using standIn = await startSmall(NOW())
  const [installation] = standIn.world.installations.values()
  const authorization = `token ${standIn.installationToken(installation?.id ?? 0)}`
  const status = async (headers = { authorization }) =>
    (await get(standIn, '/installation/repositories', headers)).status
  expect(await status()).toBe(200)
  standIn.changes.suspend({ account: 'acme' })
  expect(await status()).toBe(403)
  standIn.changes.unsuspend({ account: 'acme' })
  standIn.clock.advance(3600)
  expect(await status()).toBe(401)
  standIn.changes.uninstall({ account: 'acme' })
  expect(await status()).toBe(401)
  const forged = await get(standIn, '/app', { authorization: 'bearer e30.e30.e30' })
  expect([forged.status, forged.body.message]).toEqual([
    401,
    'A JSON web token could not be decoded',
  ])
})

test('an installation reads the granted and the public repositories, and no others', async () => {
  await using standIn = await startSmall(NOW())
  const [installation] = standIn.world.installations.values()
  const octokit = await appFor(standIn).getInstallationOctokit(installation?.id ?? 0)
  const query =
    '{ repository(owner: "acme", name: "secret") { isPrivate } viewer { __typename login } }'
  expect(await octokit.graphql(query)).toMatchObject({
    repository: { isPrivate: true },
    viewer: { __typename: 'User', login: 'whence[bot]' },
  })
  standIn.changes.revokeAccess({ repository: 'acme/secret' })
  await expect(octokit.graphql(query)).rejects.toThrow(/Could not resolve to a Repository/)
  const { data } = await octokit.request('GET /installation/repositories')
  expect(data.repositories.map((one) => one.name)).not.toContain('secret')
  standIn.changes.grantAccess({ repository: 'acme/secret' })
  expect(await octokit.graphql(query)).toBeTruthy()
})

test('a missing permission is an error of the fields that need it', async () => {
  await using standIn = await startSmall(NOW())
  standIn.changes.setPermission({ account: 'acme', permission: 'contents', level: null })
  const [installation] = standIn.world.installations.values()
  const octokit = await appFor(standIn).getInstallationOctokit(installation?.id ?? 0)
  const query = `{ repository(owner: "acme", name: "engine") { pullRequests(last: 1) {
    nodes { title comments(first: 1) { totalCount } commits(first: 1) { totalCount } } } } }`
  await expect(octokit.graphql(query)).rejects.toMatchObject({
    errors: [
      expect.objectContaining({
        type: 'FORBIDDEN',
        message: 'Resource not accessible by integration',
      }),
    ],
  })
})

test('the GraphQL client also works with the URL of an Enterprise Server', async () => {
  await using standIn = await startSmall(NOW())
  const client = graphql.defaults({
    baseUrl: `${standIn.url}/api/v3`,
    headers: { authorization: `token ${standIn.personalToken}` },
  })
  expect(await client('{ viewer { login } }')).toEqual({ viewer: { login: 'stand-in-reader' } })
})

const Patient = Octokit.plugin(retry, throttling)

test('the retry and throttling plugins recognize a 502 and both kinds of limit', async () => {
  await using standIn = await startSmall(
    NOW(),
    { kind: 'bad-gateway', resource: 'core', times: 1 },
    { kind: 'secondary-limit', resource: 'core', after: 1, times: 1, seconds: 1 },
    { kind: 'primary-limit', resource: 'graphql', times: 1, seconds: 1 },
  )
  const met: string[] = []
  const octokit = new Patient({
    auth: standIn.personalToken,
    baseUrl: standIn.url,
    request: { retryAfterBaseValue: 1 },
    retry: { retryAfterBaseValue: 1 },
    throttle: {
      retryAfterBaseValue: 1,
      fallbackSecondaryRateRetryAfter: 1,
      onRateLimit: () => met.push('primary') > 5,
      onSecondaryRateLimit: () => met.push('secondary') > 5,
    },
  })
  await expect(octokit.request('GET /user')).rejects.toMatchObject({ status: 403 })
  standIn.clock.advance(1)
  expect((await octokit.request('GET /user')).status).toBe(200)
  await expect(octokit.graphql('{ viewer { login } }')).rejects.toThrow(/rate limit exceeded/i)
  expect(met).toEqual(['secondary', 'primary'])
})
