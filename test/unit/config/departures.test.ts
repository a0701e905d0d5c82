import { describe, expect, test } from 'vitest'
import { readConfig } from '#app/config/env.server.ts'
import { describeDepartures, ownServices } from '#app/sync/status/departures.ts'

const CONNECTION = {
  ...{ apiUrl: 'https://api.github.com', webUrl: 'https://github.com' },
  ...{ client: { id: 'c', secret: 's' }, hookMode: 'pull' as const },
  access: { kind: 'app' as const, appId: '1', privateKey: 'k' },
}
const NOTHING = { ...CONNECTION, access: { kind: 'none' as const }, client: null }
const allowed = (account: string, more = {}) => ({
  ...{ account, hasCode: false, isOutsideAllowed: false, ...more },
})

describe('what leaves this machine', () => {
  test('is nothing before GitHub is connected, with vectors made here', () => {
    const listed = describeDepartures(readConfig({}), NOTHING, [])
    expect(listed.map(({ to }) => to)).toEqual([null])
  })

  test('goes to GitHub: for syncs, git, missed webhooks and sign-ins', () => {
    const listed = describeDepartures(readConfig({}), CONNECTION, [allowed('acme')])
    expect(listed.map(({ to }) => to)).toEqual([
      ...['api.github.com', 'github.com', 'api.github.com', 'github.com', null],
    ])
    expect(listed[2]?.when).toContain('Every 20 seconds')
  })

  test('says whose code is fetched', () => {
    const [, git] = describeDepartures(readConfig({}), CONNECTION, [
      ...[allowed('acme', { hasCode: true }), allowed('other')],
    ])
    expect(git?.when).toMatch(/of acme\.$/)
  })

  test('names the provider, and the accounts that allow it', () => {
    const config = readConfig({ OPENAI_API_KEY: 'key' })
    const one = (consents: ReturnType<typeof allowed>[]) =>
      describeDepartures(config, NOTHING, consents)[0]
    expect(one([allowed('acme')])).toMatchObject({
      ...{ to: 'api.openai.com', when: 'Never: no account here allows it in its settings.' },
    })
    const many = Array.from({ length: 12 }, (_, index) =>
      allowed(`account-${index}`, { isOutsideAllowed: true }),
    )
    expect(one(many)?.when).toMatch(/account-9 and 2 more\.$/)
  })

  test('says that a provider is in the own network', () => {
    const config = readConfig({ OPENAI_BASE_URL: 'http://10.0.0.7:8080/v1' })
    const [provider] = describeDepartures(config, NOTHING, [allowed('acme')])
    expect([provider?.to, provider?.when]).toEqual([
      '10.0.0.7:8080',
      'When a text is new or has changed. The host is in your own network.',
    ])
  })

  test('names the database and the queue on other machines', () => {
    const env = {
      DATABASE_URL: 'postgres://u:p@db.internal/w',
      REDIS_URL: 'redis://127.0.0.1:6379',
    }
    expect(ownServices(readConfig(env))).toEqual(['db.internal'])
    expect(ownServices(readConfig({}))).toEqual([])
  })
})
