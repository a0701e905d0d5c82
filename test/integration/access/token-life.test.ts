import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { problem } from '#app/api/problems.ts'
import {
  createToken,
  findBearer,
  isTokenValid,
  listTokens,
  type TokenGrant,
} from '#app/auth/tokens.server.ts'
import type { Config } from '#app/config/env.server.ts'
import type { PrismaClient } from '#app/generated/prisma/client.ts'
import { tokenDays } from '#app/sign-in/own-tokens.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { callWhence } from '../../services/whence.ts'
import { connectAgent } from '../../support/connect-agent.ts'
import { send } from '../../support/send.ts'

// How long tokens last at the longest, and who is told of their end.

let opened: TestServices
let db: TestServices['services']['database']['pool']
let prisma: PrismaClient
let local: Web

beforeAll(async () => {
  opened = await openTestServices()
  db = opened.services.database.pool
  prisma = await opened.services.database.prisma()
  local = await start()
})
afterAll(async () => {
  await local.close()
  await opened.close()
})

function start(config: Partial<Config> = {}): Promise<Web> {
  const { services } = opened
  return startWeb({ ...services, config: { ...services.config, PORT: 0, ...config } })
}

async function startFor(config: Partial<Config>): Promise<Web> {
  const web = await start({ PUBLIC_URL: 'https://whence.example', ...config })
  onTestFinished(() => web.close())
  return web
}

let made = 0
async function makeToken(grant: TokenGrant): Promise<string> {
  made += 1
  return (await createToken(prisma, `test ${made}`, grant)).token
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('a token', () => {
  test('ends with the limit that is in force when it is used, and is listed so', async () => {
    const grants = {
      year: { rights: 'read', days: 365 },
      never: { rights: 'operate', days: null },
    } as const
    for (const [name, grant] of Object.entries(grants)) {
      const { id, token } = await createToken(prisma, name, grant)
      await db.query(`update api_token set created_at = now() - interval '31 days' where id = $1`, [
        id,
      ])
      for (const [limit, status] of [
        [32, 200],
        [31, 401],
        [null, 200],
      ] as const) {
        const web = await startFor({ TOKEN_MAX_DAYS: limit })
        const { status: answered, body } = await send(`${web.url}/api/v1/jobs`, bearer(token))
        expect([name, limit, answered]).toEqual([name, limit, status])
        if (status === 401)
          expect(problem.parse(JSON.parse(body)).detail).toBe('The token has expired')
      }
      const [listed] = (await listTokens(db, 31)).filter((one) => one.id === id)
      expect(Number(listed?.expiresAt)).toBeLessThan(Date.now())
    }
  })

  test('closes a stream that is open when the limit is lowered', async () => {
    const { id, token } = await createToken(prisma, 'lowered', { rights: 'read', days: 90 })
    expect(await isTokenValid(db, id, 30)).toBe(true)
    await db.query(`update api_token set created_at = now() - interval '31 days' where id = $1`, [
      id,
    ])
    expect(await isTokenValid(db, id, 90)).toBe(true)
    expect(await isTokenValid(db, id, 30)).toBe(false)
    expect(await findBearer(db, token, 30)).toBe('expired')
  })

  test('warns of its end from 14 days before', async () => {
    const expiresOf = async (days: number) => {
      const token = await makeToken({ rights: 'read', days })
      return (await send(`${local.url}/api/v1/jobs`, bearer(token))).headers['x-token-expires']
    }
    expect(await expiresOf(15)).toBeUndefined()
    const left = Date.parse(String(await expiresOf(13))) - Date.now()
    expect(left / (24 * 3_600_000)).toBeCloseTo(13, 2)
  })

  test('is told to the agent that uses it, beside the results', async () => {
    const call = async (token: string) => {
      const client: Client = await connectAgent(local, token)
      onTestFinished(() => client.close())
      return client.callTool({ name: 'list_repositories', arguments: {} })
    }
    const soon = await call(await makeToken({ rights: 'read', days: 13 }))
    expect(soon.content).toMatchObject([
      { type: 'text', text: expect.stringContaining('There are no more repositories.') },
      { type: 'text', text: expect.stringMatching(/^The token of this agent expires at 2/) },
    ])
    expect(soon.structuredContent).toMatchObject({ repositories: [] })
    const later = await call(await makeToken({ rights: 'read', days: 15 }))
    expect(later.content).toHaveLength(1)
  })
})

test('people choose among the days that the limit allows', () => {
  expect(tokenDays(null)).toEqual([7, 30, 90])
  expect(tokenDays(365)).toEqual([7, 30, 90])
  expect(tokenDays(30)).toEqual([7, 30])
  expect(tokenDays(20)).toEqual([7, 20])
  expect(tokenDays(5)).toEqual([5])
})

describe('whence token', () => {
  const call = (...argv: string[]) => callWhence(argv, opened.environment, opened.services)

  test('makes none that lasts longer than the limit', async () => {
    const callWith = (limit: number | null, ...argv: string[]) => {
      const config = { ...opened.services.config, TOKEN_MAX_DAYS: limit }
      return callWhence(argv, opened.environment, { ...opened.services, config })
    }
    for (const wrong of ['31', 'never']) {
      const refused = await callWith(30, 'token', 'create', '--expires', wrong)
      expect(refused).toMatchObject({ code: 1, stdout: '' })
      expect(refused.stderr).toMatch(/^A token lasts 30 days at the longest here\n.*TOKEN_MAX_DAYS/)
    }
    const usual = JSON.parse((await callWith(30, 'token', 'create', '--json')).stdout)
    expect(Math.round((Date.parse(usual.expiresAt) - Date.now()) / (24 * 3_600_000))).toBe(30)
    const argv = ['token', 'create', '--json', '--operate', '--expires', 'never']
    const never = JSON.parse((await callWith(null, ...argv)).stdout)
    expect(never).toMatchObject({ rights: 'operate', expiresAt: null })
  })

  test('names the tokens that end soon', async () => {
    await db.query('truncate api_token restart identity')
    for (const [name, days] of [
      ['near', '13'],
      ['far', '15'],
      ['gone', '3'],
    ] as const)
      await call('token', 'create', '--name', name, '--expires', days)
    await call('token', 'revoke', 'gone')
    const { stdout, stderr } = await call('token', 'list')
    expect(stdout.split('\n')).toHaveLength(4)
    expect(stderr).toBe('Within 14 days these expire: 1, "near". Create others in time\n')
  })
})
