import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Config } from '#app/config/env.server.ts'
import { refreshInstallations } from '#app/github/app/installations.ts'
import { openGithub } from '#app/github/client.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import {
  type ConnectionChange,
  rotateSecrets,
  storeConnection,
} from '#app/github/connection/store-connection.ts'
import { PRIORITY } from '#app/queues/stages.ts'
import { startSmall } from '../../github/ask.ts'
import type { StandIn } from '../../github/stand-in.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { VIEWER } from '../../support/open-client.ts'

const KEY = 'ab'.repeat(32)
const OTHER = 'cd'.repeat(32)

let services: TestServices
beforeAll(async () => {
  services = await openTestServices()
})
afterAll(() => services.close())
beforeEach(async () => {
  await pool().query('truncate github_connection, installation restart identity cascade')
})

const pool = () => services.services.database.pool

function configWith(given: Partial<Config> = {}): Config {
  return { ...services.services.config, SECRET_KEY: KEY, ...given }
}

async function store(config: Config, change: ConnectionChange): Promise<void> {
  await storeConnection({ ...services.services.database, config }, 'operator', change)
}

function appOf(standIn: StandIn): ConnectionChange {
  return {
    apiUrl: standIn.url,
    webUrl: standIn.url,
    appId: String(standIn.appId),
    privateKey: standIn.privateKey,
    token: null,
  }
}

describe('the connection to GitHub', () => {
  test('is used by what runs already, once it is stored, and replaced while it runs', async () => {
    await using standIn = await startSmall()
    const config = configWith()
    const { logger } = services.services
    const github = openGithub({ pool: pool(), config, logger })
    expect(await refreshInstallations(pool(), config, logger)).toEqual([])

    await store(config, appOf(standIn))
    const [installationId = ''] = await refreshInstallations(pool(), config, logger)
    const caller = { installationId, priority: PRIORITY.schedule }
    expect((await github.query(caller, VIEWER, {})).errors).toEqual([])

    await store(config, { appId: null, privateKey: null, token: standIn.personalToken })
    const [personal = ''] = await refreshInstallations(pool(), config, logger)
    const answer = await github.query({ ...caller, installationId: personal }, VIEWER, {})
    expect(answer.data.viewer.login).toBe('stand-in-reader')
    await expect(github.query(caller, VIEWER, {})).rejects.toThrow(/needs the App/)
  })

  test('names an App that was deleted while Whence runs, and what to do', async () => {
    await using standIn = await startSmall()
    const config = configWith()
    await store(config, { ...appOf(standIn), appId: '987654' })
    const refreshed = refreshInstallations(pool(), config, services.services.logger)
    await expect(refreshed).rejects.toThrow(/does not accept the App's key: .*\/setup/)
  })

  test('is taken from the environment if that names credentials', async () => {
    const config = configWith({ github: { kind: 'token', token: 'of the environment' } })
    await store(config, { token: 'stored', apiUrl: 'https://ghe.example/api/v3' })
    const { access, source, apiUrl } = await readConnection(pool(), config)
    expect(access).toEqual({ kind: 'token', token: 'of the environment' })
    expect({ source, apiUrl }).toEqual({ source: 'environment', apiUrl: 'https://api.github.com' })
  })

  test('arrives at other pools and configurations within seconds', async () => {
    const config = configWith()
    const { vital } = services.services.database
    expect((await readConnection(vital, config)).webhookSecrets).toEqual([])
    await store(config, {
      appId: '1',
      privateKey: 'key',
      webhookSecret: 'new',
      webhookSecretPrevious: 'old',
    })
    await expect
      .poll(async () => (await readConnection(vital, config)).webhookSecrets, { timeout: 10_000 })
      .toEqual(['new', 'old'])
    const first = await readConnection(vital, config)
    await new Promise((resolve) => setTimeout(resolve, 2_100))
    expect(await readConnection(vital, config)).toBe(first)
  })
})

describe('stored secrets', () => {
  test('are in no row, no audit entry and no log line as they are', async () => {
    const config = configWith()
    await store(config, { token: 'ghp_plain_text', webhookSecret: 'a webhook secret' })
    const { rows } = await pool().query<{ text: string }>(
      `select (select string_agg(g::text, '') from github_connection g) ||
         (select string_agg(a::text, '') from audit_entry a) as text`,
    )
    expect(rows[0]?.text).toContain('github.configured')
    expect(rows[0]?.text).not.toMatch(/plain_text|a webhook secret/)
  })

  test('say what to do if their key is lost, and can be entered again', async () => {
    await store(configWith(), { token: 'ghp_first' })
    const config = configWith({ SECRET_KEY: OTHER })
    const { access } = await readConnection(pool(), config)
    expect(access).toMatchObject({ kind: 'unreadable', hint: expect.stringMatching(/\/setup/) })
    const refreshed = refreshInstallations(pool(), config, services.services.logger)
    await expect(refreshed).rejects.toThrow(/another key/)
    await store(config, { token: 'ghp_second' })
    expect((await readConnection(pool(), config)).access).toEqual({
      kind: 'token',
      token: 'ghp_second',
    })
  })

  test('are sealed again with a new key', async () => {
    await store(configWith(), { token: 'ghp_first', clientSecret: 'of the client' })
    const config = configWith({ SECRET_KEY: OTHER, SECRET_KEY_PREVIOUS: KEY })
    const storing = { ...services.services.database, config }
    expect(await rotateSecrets(storing)).toBe(2)
    expect(await rotateSecrets(storing)).toBe(0)
    const { access } = await readConnection(pool(), configWith({ SECRET_KEY: OTHER }))
    expect(access).toEqual({ kind: 'token', token: 'ghp_first' })
  })
})
