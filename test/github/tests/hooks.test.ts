import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { App } from '@octokit/app'
import { Webhooks } from '@octokit/webhooks'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ask, startSmall } from '#test/github/ask.ts'
import type { StandIn } from '#test/github/stand-in.ts'

const PULL = 'acme/engine#30'
const SECRET = 'it-is-only-the-stand-in'

interface Received {
  headers: Record<string, string>
  body: string
}

let standIn: StandIn
let receiver: Awaited<ReturnType<typeof listen>>

async function listen() {
  const received: Received[] = []
  const answer = { status: 202 }
  const server = createServer(async (request, response) => {
    received.push({
      headers: request.headers as Record<string, string>,
      body: await readText(request),
    })
    response.writeHead(answer.status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () => new Promise((resolve) => server.close(resolve))
  return { url: `http://127.0.0.1:${port}/webhooks/github`, received, answer, close }
}

beforeEach(async () => {
  receiver = await listen()
  standIn = await startSmall()
  standIn.hook.config = { url: receiver.url, secret: SECRET, content_type: 'json' }
})
afterEach(async () => {
  await standIn.stop()
  await receiver.close()
})

async function told(): Promise<string[]> {
  await standIn.hook.settled()
  return receiver.received
    .map(({ headers, body }) => `${headers['x-github-event']}.${JSON.parse(body).action ?? ''}`)
    .sort()
}

test.each<[string, (standIn: StandIn) => unknown, string[]]>([
  [
    'a comment',
    ({ changes }) => changes.comment({ pull: PULL, body: 'Why?' }),
    ['issue_comment.created'],
  ],
  [
    'a review',
    ({ changes }) =>
      changes.review({ pull: PULL, threads: [{ path: 'a', line: 1, body: 'Why?' }] }),
    ['pull_request_review.submitted', 'pull_request_review_comment.created'],
  ],
  ['a draft', ({ changes }) => changes.review({ pull: PULL, state: 'PENDING' }), []],
  ['a push', ({ changes }) => changes.push({ pull: PULL }), ['pull_request.synchronize', 'push.']],
  ['a merge', ({ changes }) => changes.merge({ pull: PULL }), ['pull_request.closed', 'push.']],
  [
    'checks',
    ({ changes }) => changes.finishChecks({ pull: PULL, state: 'SUCCESS' }),
    ['check_run.completed', 'check_suite.completed'],
  ],
  [
    'a private repository',
    ({ changes }) => changes.editRepository({ repository: 'acme/engine', visibility: 'PRIVATE' }),
    ['repository.privatized'],
  ],
  [
    'a deleted repository',
    ({ changes }) => changes.deleteRepository({ repository: 'acme/engine' }),
    ['installation_repositories.removed', 'repository.deleted'],
  ],
  [
    'uninstalling',
    ({ changes }) => changes.uninstall({ account: 'acme' }),
    ['installation.deleted'],
  ],
  ['a deleted pull request', ({ changes }) => changes.deletePull({ pull: PULL }), []],
])('%s is told', async (_, act, events) => {
  act(standIn)
  expect(await told()).toEqual(events)
})

test('a payload is signed, and names a comment on a pull request by its issue', async () => {
  standIn.changes.comment({ pull: PULL, body: 'A sign \u001b and an emoji 🦫' })
  await standIn.hook.settled()
  const [{ headers, body }] = receiver.received as [Received]
  expect(
    await new Webhooks({ secret: SECRET }).verify(body, headers['x-hub-signature-256'] ?? ''),
  ).toBe(true)
  const { issue, repository, installation } = JSON.parse(body)
  expect(issue).toMatchObject({ number: 30, pull_request: expect.anything() })
  expect(Buffer.from(issue.node_id, 'base64').toString()).toMatch(/^05:Issue\d+$/)
  expect(repository.full_name).toBe('acme/engine')
  expect(installation.id).toBe([...standIn.world.installations.keys()][0])
})

describe('the deliveries', () => {
  async function call(method: string, path: string, body?: object) {
    const app = new App({ appId: standIn.appId, privateKey: standIn.privateKey })
    const { token } = (await app.octokit.auth({ type: 'app' })) as { token: string }
    const response = await fetch(standIn.url + path, {
      method,
      headers: { authorization: `bearer ${token}` },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, text, link: response.headers.get('link') }
  }

  beforeEach(() => standIn.clock.advance((Date.now() - standIn.clock.now().getTime()) / 1000))

  test('that failed are kept, and delivered again under the same GUID', async () => {
    receiver.answer.status = 503
    for (let at = 0; at < 3; at++) standIn.changes.comment({ pull: PULL, body: String(at) })
    await standIn.hook.settled()
    receiver.answer.status = 202
    standIn.changes.comment({ pull: PULL, body: 'fine' })
    await standIn.hook.settled()
    const first = await call('GET', '/app/hook/deliveries?status=failure&per_page=2')
    const ids = [...first.text.matchAll(/"id":(\d+)/g)].map(([, id]) => id as string)
    expect(ids).toHaveLength(2)
    expect(Number(ids[0])).toBeGreaterThan(Number.MAX_SAFE_INTEGER)
    const next = /<([^>]+)>; rel="next"/.exec(first.link ?? '')?.[1] ?? ''
    const second = await call('GET', next.slice(standIn.url.length))
    expect(JSON.parse(second.text)).toHaveLength(1)
    const detail = await call('GET', `/app/hook/deliveries/${ids[0]}`)
    expect(JSON.parse(detail.text).request.payload).toMatchObject({ issue: { number: 30 } })
    expect((await call('POST', `/app/hook/deliveries/${ids[0]}/attempts`)).status).toBe(202)
    await standIn.hook.settled()
    const { guid } = JSON.parse(detail.text)
    const again = receiver.received.filter(({ headers }) => headers['x-github-delivery'] === guid)
    expect(again).toHaveLength(2)
  })

  test('go to the address that is set by a call', async () => {
    const url = 'https://nowhere.invalid/webhooks/github'
    expect((await call('PATCH', '/app/hook/config', { url, secret: 'new' })).status).toBe(200)
    const config = JSON.parse((await call('GET', '/app/hook/config')).text)
    expect(config).toMatchObject({ url, secret: '********', content_type: 'json' })
    expect((await call('PATCH', '/app/hook/config', { url: 'nonsense' })).status).toBe(422)
  })

  test('can be form-encoded, lost, or unanswered', async () => {
    standIn.hook.config.content_type = 'form'
    standIn.hook.lost.add(1)
    standIn.changes.comment({ pull: PULL, body: 'lost' })
    standIn.hook.isDown = true
    standIn.changes.comment({ pull: PULL, body: 'down' })
    standIn.hook.isDown = false
    standIn.changes.comment({ pull: PULL, body: 'a=b&c' })
    await standIn.hook.settled()
    expect(receiver.received).toHaveLength(1)
    const payload = new URLSearchParams(receiver.received[0]?.body).get('payload') ?? ''
    expect(JSON.parse(payload).comment.body).toBe('a=b&c')
    expect(standIn.hook.deliveries.map(({ status }) => status)).toEqual([
      'OK',
      'failed to connect to host',
    ])
  })
})

test('what was just changed can be answered late', async () => {
  const pull = standIn.changes.openPull({ repository: 'acme/engine', title: 'New' })
  const query = `{ repository(owner: "acme", name: "engine") { pullRequest(number: ${pull.number}) { headRefOid } } }`
  standIn.faults.use({ kind: 'late-pull', pull: pull.id, times: 1 })
  const early = await ask(standIn, query)
  expect(early.body.errors?.[0]).toMatchObject({ type: 'NOT_FOUND' })
  expect((await ask(standIn, query)).body.data.repository.pullRequest).not.toBeNull()
  const before = pull.headRefOid
  const { oid } = standIn.changes.push({ pull: pull.id })
  standIn.faults.use({ kind: 'late-head', oid, before, times: 1 })
  const heads = [await ask(standIn, query), await ask(standIn, query)]
  expect(heads.map(({ body }) => body.data.repository.pullRequest.headRefOid)).toEqual([
    before,
    oid,
  ])
})
