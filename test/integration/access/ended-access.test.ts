import { get, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createOperatorKey } from '#app/auth/operator-links.server.ts'
import { endSessions } from '#app/auth/sessions.server.ts'
import { createToken, revokeToken } from '#app/auth/tokens.server.ts'
import type { PrismaClient } from '#app/generated/prisma/client.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { addPull, addRepository } from '../../support/laid-rows.ts'
import { listenEvents } from '../../support/listen-events.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { send } from '../../support/send.ts'

const ASK_MS = 50

let opened: TestServices
let db: TestServices['services']['database']['pool']
let prisma: PrismaClient
let web: Web

beforeAll(async () => {
  opened = await openTestServices()
  db = opened.services.database.pool
  prisma = await opened.services.database.prisma()
  const config = { ...opened.services.config, PORT: 0, PUBLIC_URL: 'https://whence.example' }
  web = await startWeb({ ...opened.services, config }, { askMs: ASK_MS })
})
beforeEach(() => db.query('truncate api_token, session, installation cascade'))
afterAll(async () => {
  await web.close()
  await opened.close()
})

async function tokenHeaders(): Promise<Record<string, string>> {
  const { token } = await createToken(prisma, 'reader')
  return { authorization: `Bearer ${token}` }
}

async function sessionHeaders(): Promise<Record<string, string>> {
  const { headers } = await send(`${web.url}/operator?key=${await createOperatorKey(prisma)}`)
  return { cookie: String(headers['set-cookie']).split(';')[0] as string }
}

const ENDINGS = [
  ['token is revoked', tokenHeaders, () => revokeToken(prisma, 'reader')],
  ['token expires', tokenHeaders, () => db.query('update api_token set expires_at = now()')],
  [
    'session is ended',
    sessionHeaders,
    () => endSessions(db, opened.services.config, { whose: 'all' }),
  ],
  [
    'session is idle',
    sessionHeaders,
    () => db.query(`update session set last_seen_at = now() - interval '13 hours'`),
  ],
] as const

describe.each(ENDINGS)('when a %s', (_name, headersOf, endAccess) => {
  test('its stream of events says so and ends', async () => {
    const headers = await headersOf()
    const { until, hasEnded, received } = await listenEvents(`${web.url}/events`, headers)
    await until(({ event }) => event === 'snapshot')
    await endAccess()
    await expect.poll(hasEnded, { timeout: 3_000 }).toBe(true)
    expect(received.at(-1)).toMatchObject({
      event: 'ended',
      payload: { type: 'ended', data: { message: expect.stringContaining('no longer valid') } },
    })
    expect((await send(`${web.url}/events`, headers, 'HEAD')).status).toBe(401)
  })

  test.each(['comments', 'comments?format=csv', 'conversations'])(
    'its export of %s breaks off instead of ending as if it were complete',
    async (list) => {
      await layComments()
      const headers = await headersOf()
      const answer = await download(list, headers)
      await new Promise((resolve) => answer.once('data', resolve))
      answer.pause()
      await endAccess()
      let bytes = 0
      const rest = (async () => {
        for await (const chunk of answer) bytes += chunk.length
      })()
      await expect(rest).rejects.toMatchObject({ code: 'ECONNRESET' })
      expect(answer.complete).toBe(false)
      expect(bytes).toBeLessThan(ROWS * 20_000 * 0.9)
    },
  )
})

const ROWS = 2_000

/** Adds 40 MB, more than all buffers between the database and a client, in 200 pull requests. */
async function layComments(): Promise<void> {
  const installation = await addInstallation(opened.services.database)
  const repository = await addRepository(db, installation, 'octo/repo')
  for (let number = 1; number <= 200; number++) {
    const pull = await addPull(db, repository, number)
    await db.query(
      `insert into comment (node_id, repository_id, pull_request_id, author_association, body, url,
         created_at, updated_at, read_at)
       select 'C_' || $2 || '_' || n, $1, $2::bigint, 'NONE', repeat('x', 20000), 'https://u',
         now(), now(), now()
       from generate_series(1, 10) n`,
      [repository, pull],
    )
  }
}

function download(list: string, headers: Record<string, string>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const url = `${web.url}/api/v1/export/${list}`
    get(url, { agent: false, headers }, resolve).on('error', reject)
  })
}

test('a stream goes on while nobody can say whether its token is valid', async () => {
  const { token } = await createToken(prisma, 'patient')
  const { until, hasEnded, close } = await listenEvents(`${web.url}/events`, {
    authorization: `Bearer ${token}`,
  })
  await until(({ event }) => event === 'snapshot')
  const asked = vi
    .spyOn(opened.services.database.web, 'query')
    .mockRejectedValue(new Error('Connection terminated'))
  await expect.poll(() => asked.mock.calls.length).toBeGreaterThan(2)
  asked.mockRestore()
  expect(hasEnded()).toBe(false)
  close()
})

test('reads of a stream do not count as the use of a session', async () => {
  const { until, close } = await listenEvents(`${web.url}/events`, await sessionHeaders())
  await until(({ event }) => event === 'snapshot')
  const long = new Date(Date.now() - 3_600_000)
  await prisma.session.updateMany({ data: { lastSeenAt: long } })
  await new Promise((resolve) => setTimeout(resolve, 5 * ASK_MS))
  expect((await prisma.session.findFirstOrThrow()).lastSeenAt).toEqual(long)
  close()
})
