import { createHmac, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Pool } from '#app/database/pool.server.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { listenForWebhooks, SECRET } from '../../support/webhooks/receive-webhooks.ts'

const PREVIOUS = 'the secret of before, which GitHub may still use'
const COMMENT = {
  action: 'created',
  issue: { number: 7, pull_request: {} },
  comment: { body: 'An escape \u001b[2J, an emoji 🦫 and "quotes"' },
  repository: { id: 12 },
  installation: { id: 34 },
}

let services: TestServices
let pool: Pool
let webhooks: Awaited<ReturnType<typeof listenForWebhooks>>

beforeAll(async () => {
  services = await openTestServices()
  pool = services.services.database.pool
  const { config } = services.services
  webhooks = await listenForWebhooks({
    ...services.services,
    config: { ...config, GITHUB_WEBHOOK_SECRET_PREVIOUS: PREVIOUS },
  })
})
afterAll(async () => {
  await webhooks.close()
  await services.close()
})
beforeEach(() => pool.query('delete from delivery'))

function sign(body: string | Buffer, secret = SECRET, algorithm = 'sha256'): string {
  return `${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`
}

interface Sending {
  body?: string | Buffer
  headers?: Record<string, string | undefined>
}

/** Sends a delivery as GitHub does, with what is different. */
async function send({ body = JSON.stringify(COMMENT), headers = {} }: Sending = {}) {
  const all = {
    'content-type': 'application/json',
    'x-github-event': 'issue_comment',
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': sign(body),
    ...headers,
  }
  const given = Object.entries(all).filter(([, value]) => value !== undefined)
  const response = await fetch(webhooks.url, {
    method: 'POST',
    headers: Object.fromEntries(given) as Record<string, string>,
    body: new Uint8Array(Buffer.from(body)),
  })
  return { status: response.status, text: await response.text() }
}

interface Row {
  event: string
  action: string | null
  installation: string | null
  repository: string | null
  facts: object
  state: string
}

async function stored(): Promise<Row[]> {
  const { rows } = await pool.query<Row>(
    `select event, action, installation, repository::text as repository, facts, state
     from delivery order by received_at, id`,
  )
  return rows
}

const STORED: Row = {
  event: 'issue_comment',
  action: 'created',
  installation: '34',
  repository: '12',
  facts: { kind: 'pull', number: 7 },
  state: 'pending',
}

describe('a signed delivery', () => {
  test('is stored and accepted', async () => {
    expect(await send()).toEqual({ status: 202, text: '{"status":"accepted"}' })
    expect(await stored()).toEqual([STORED])
  })

  test('may be signed with the previous secret', async () => {
    const body = JSON.stringify(COMMENT)
    const headers = { 'x-hub-signature-256': sign(body, PREVIOUS) }
    expect((await send({ body, headers })).status).toBe(202)
  })

  test('may be form-encoded', async () => {
    const body = `payload=${encodeURIComponent(JSON.stringify(COMMENT))}`
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await send({ body, headers })).status).toBe(202)
    expect(await stored()).toEqual([STORED])
  })

  test('that comes again is stored once; one that failed is handled again', async () => {
    const headers = { 'x-github-delivery': 'the-same' }
    expect((await send({ headers })).status).toBe(202)
    await pool.query(`update delivery set state = 'handled'`)
    expect((await send({ headers })).status).toBe(202)
    expect((await stored()).map(({ state }) => state)).toEqual(['handled'])
    await pool.query(`update delivery set state = 'failed'`)
    expect((await send({ headers })).status).toBe(202)
    expect((await stored()).map(({ state }) => state)).toEqual(['pending'])
  })

  test('among many at once is stored once each', async () => {
    const guids = Array.from({ length: 60 }, (_, at) => `delivery-${at % 30}`)
    const answers = await Promise.all(
      guids.map((guid) => send({ headers: { 'x-github-delivery': guid } })),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
    expect(await stored()).toHaveLength(30)
  })

  test.each<[string, string, object, object]>([
    ['of an unknown event', 'made_up', {}, { kind: 'nothing', reason: 'An unknown event' }],
    [
      'of an event without use',
      'star',
      {},
      { kind: 'nothing', reason: 'Whence has no use for this event' },
    ],
    [
      'that lacks its subject',
      'pull_request',
      {},
      { kind: 'nothing', reason: 'The payload lacks what the event is about' },
    ],
    ['with ids of the wrong kind', 'issues', { issue: { number: '7' } }, { kind: 'nothing' }],
    ['with a number beyond 2³¹', 'issues', { issue: { number: 2 ** 40 } }, { kind: 'nothing' }],
    ['of a list', 'issues', [1, 2], { kind: 'nothing' }],
  ])('%s is stored with the reason', async (_, event, payload, facts) => {
    const body = JSON.stringify(payload)
    expect((await send({ body, headers: { 'x-github-event': event } })).status).toBe(202)
    expect((await stored())[0]?.facts).toMatchObject(facts)
  })

  test('that is nested deeply does no harm', async () => {
    const depth = 200_000
    const body = `${'['.repeat(depth)}${']'.repeat(depth)}`
    expect((await send({ body })).status).toBe(202)
  })
})

describe('refused, and nothing is stored:', () => {
  const body = JSON.stringify(COMMENT)
  const right = sign(body)

  test.each<[string, number, Sending]>([
    ['a missing signature', 401, { headers: { 'x-hub-signature-256': undefined } }],
    ['a signature of another secret', 401, { headers: { 'x-hub-signature-256': sign(body, 'x') } }],
    ['a short signature', 401, { headers: { 'x-hub-signature-256': right.slice(0, -1) } }],
    ['an upper-case signature', 401, { headers: { 'x-hub-signature-256': right.toUpperCase() } }],
    [
      'a signature of the wrong kind',
      401,
      { headers: { 'x-hub-signature-256': sign(body, SECRET, 'sha1') } },
    ],
    [
      'sha1 alone',
      401,
      {
        headers: {
          'x-hub-signature-256': undefined,
          'x-hub-signature': sign(body, SECRET, 'sha1'),
        },
      },
    ],
    [
      'a changed byte',
      401,
      { body: body.replace('7', '8'), headers: { 'x-hub-signature-256': right } },
    ],
    ['bytes that are no UTF-8', 401, { body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) }],
    ['an empty body', 401, { body: '', headers: { 'x-hub-signature-256': right } }],
    ['what is no JSON', 400, { body: '{"action":' }],
    ['a missing event', 400, { headers: { 'x-github-event': undefined } }],
    ['a strange event', 400, { headers: { 'x-github-event': 'a; drop table' } }],
    ['a missing GUID', 400, { headers: { 'x-github-delivery': undefined } }],
    ['26 MB', 413, { body: Buffer.alloc(26 * 2 ** 20, ' ') }],
    ['a compressed body', 415, { headers: { 'content-encoding': 'gzip' } }],
  ])('%s', async (_, status, sending) => {
    expect((await send(sending)).status).toBe(status)
    expect(await stored()).toEqual([])
  })

  test('10,000 changed signatures and bodies', { timeout: 120_000 }, async () => {
    const statuses = new Set<number>()
    for (let at = 0; at < 10_000; at += 100)
      await Promise.all(
        Array.from({ length: 100 }, async (_, more) => {
          const changed = mutate(body, right, at + more)
          const headers = { 'x-hub-signature-256': changed.signature }
          statuses.add((await send({ body: changed.body, headers })).status)
        }),
      )
    expect([...statuses]).toEqual([401])
    expect(await stored()).toEqual([])
  })
})

/** Changes one character of the body, or of the signature, differently for each `seed`. */
function mutate(body: string, signature: string, seed: number) {
  if (seed % 2 === 0) {
    const at = (seed * 7) % body.length
    const other = body[at] === 'x' ? 'y' : 'x'
    return { body: `${body.slice(0, at)}${other}${body.slice(at + 1)}`, signature }
  }
  const at = 7 + ((seed * 5) % 64)
  const other = ((Number.parseInt(signature[at] as string, 16) + 1 + (seed % 15)) % 16).toString(16)
  return { body, signature: `${signature.slice(0, at)}${other}${signature.slice(at + 1)}` }
}

test('while the database does not answer, GitHub is told to keep the delivery', async () => {
  const broken = { query: () => Promise.reject(new Error('no connection')) }
  const database = { ...services.services.database, pool: broken as unknown as Pool }
  const other = await listenForWebhooks({ ...services.services, database })
  const body = JSON.stringify(COMMENT)
  const response = await fetch(other.url, {
    method: 'POST',
    headers: {
      'x-github-event': 'issue_comment',
      'x-github-delivery': 'kept',
      'x-hub-signature-256': sign(body),
    },
    body,
  })
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('60')
  await other.close()
})
