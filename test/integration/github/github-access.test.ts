import { describe, expect, test } from 'vitest'
import { type Config, readConfig } from '#app/config/env.server.ts'
import { FatalError, RateLimitedError, RetryableError } from '#app/config/errors.server.ts'
import { createLogger } from '#app/config/logger.server.ts'
import { checkAccess } from '#app/github/check-access.ts'
import { connectionOf } from '#app/github/connection/connection.ts'
import type { GivenFault } from '#test/github/faults/fault-format.ts'
import { startSmall } from '../../github/ask.ts'
import type { StandIn } from '../../github/stand-in.ts'
import { type As, configAs } from '../../support/open-client.ts'

function check(standIn: StandIn, as: As, other: Partial<Config> = {}): Promise<string> {
  const config = configAs({ config: readConfig({}) }, standIn, as)
  return checkAccess(connectionOf({ ...config, ...other }, null), createLogger('silent'))
}

describe('the check of the credentials', () => {
  test.each<[As, string]>([
    ['token', 'a token of stand-in-reader'],
    ['app', 'App whence'],
  ])('reports their owner: %s', async (as, whose) => {
    await using standIn = await startSmall()
    expect(await check(standIn, as)).toBe(whose)
  })

  test.each<[As, Partial<Config>]>([
    ['token', { github: { kind: 'token', token: 'ghp_wrong' } }],
    ['app', { github: { kind: 'app', appId: '7', privateKey: 'no key', webhookSecret: null } }],
  ])('reports that GitHub does not accept them: %s', async (as, other) => {
    await using standIn = await startSmall()
    await expect(check(standIn, as, other)).rejects.toThrow(FatalError)
  })

  test.each<[As, GivenFault]>([
    ['token', { kind: 'primary-limit' }],
    ['token', { kind: 'secondary-limit' }],
    ['app', { kind: 'secondary-limit' }],
  ])('distinguishes a rate limit from a rejection: %s, %j', async (as, fault) => {
    await using standIn = await startSmall({}, fault)
    await expect(check(standIn, as)).rejects.toThrow(RateLimitedError)
  })

  test.each<As>(['token', 'app'])('reports that GitHub does not answer: %s', async (as) => {
    await using standIn = await startSmall({}, { kind: 'bad-gateway' })
    await expect(check(standIn, as)).rejects.toThrow(RetryableError)
    const nowhere = { GITHUB_API_URL: 'http://127.0.0.1:1' }
    await expect(check(standIn, as, nowhere)).rejects.toThrow(RetryableError)
  })
})
