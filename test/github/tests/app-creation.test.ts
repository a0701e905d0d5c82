import { expect, test } from 'vitest'
import { startSmall } from '../ask.ts'
import type { StandIn } from '../stand-in.ts'
import { makeClock } from '../world/clock.ts'

const MANIFEST = {
  name: 'whence-test-a1b2',
  redirect_url: 'http://127.0.0.1:1/setup/github',
  setup_url: 'http://127.0.0.1:1/setup/github',
  hook_attributes: { url: 'https://whence.invalid/webhooks/github' },
  default_permissions: { members: 'read' },
  default_events: ['push'],
}

async function create(standIn: StandIn, manifest: object, owner = ''): Promise<Response> {
  const body = new URLSearchParams({ manifest: JSON.stringify(manifest) })
  const place = owner ? `/organizations/${owner}` : ''
  return fetch(`${standIn.url}${place}/settings/apps/new?state=s1`, { method: 'POST', body })
}

async function codeOf(answer: Response): Promise<string> {
  const [, link = ''] = /href="(http:\/\/127\.0\.0\.1:1[^"]+)"/.exec(await answer.text()) ?? []
  const url = new URL(link.replaceAll('&amp;', '&'))
  expect(url.searchParams.get('state')).toBe('s1')
  return url.searchParams.get('code') ?? ''
}

function convert(standIn: StandIn, code: string): Promise<Response> {
  return fetch(`${standIn.url}/app-manifests/${code}/conversions`, { method: 'POST' })
}

test('a manifest becomes an App once', async () => {
  await using standIn = await startSmall()
  const code = await codeOf(await create(standIn, MANIFEST, 'acme'))
  const answer = await convert(standIn, code)
  expect(answer.status).toBe(201)
  expect(await answer.json()).toMatchObject({
    ...{ id: standIn.appId, slug: 'whence-test-a1b2', owner: { login: 'acme' } },
    ...{ pem: standIn.privateKey, webhook_secret: standIn.hook.config.secret },
    ...{ client_id: expect.any(String), client_secret: expect.any(String) },
    ...{ permissions: { members: 'read' }, events: ['push'] },
  })
  expect((await convert(standIn, code)).status).toBe(404)
})

test('a code is good for an hour, and a taken name is a 422', async () => {
  const clock = makeClock()
  await using standIn = await startSmall({ clock })
  const late = await codeOf(await create(standIn, MANIFEST))
  clock.advance(3601)
  expect((await convert(standIn, late)).status).toBe(404)
  const taken = await codeOf(await create(standIn, { ...MANIFEST, name: 'taken-name' }))
  expect((await convert(standIn, taken)).status).toBe(422)
})

test.each([
  [{ name: 'a'.repeat(35) }, /too long/],
  [{ hook_attributes: { url: 'http://localhost:3000/webhooks/github' } }, /not reachable/],
  [{ default_events: ['installation'] }, /unsupported/],
  [{ redirect_url: '' }, /missing/],
])('a manifest is refused: %j', async (change, reason) => {
  await using standIn = await startSmall()
  const answer = await create(standIn, { ...MANIFEST, ...change })
  expect(answer.status).toBe(422)
  expect(await answer.text()).toMatch(reason)
})

test('a person installs the App, or asks an owner to', async () => {
  await using standIn = await startSmall()
  await convert(standIn, await codeOf(await create(standIn, MANIFEST)))
  const page = `${standIn.url}/apps/whence-test-a1b2/installations/new`
  const send = (body: Record<string, string>) =>
    fetch(page, { method: 'POST', body: new URLSearchParams(body), redirect: 'manual' })
  const asked = await send({ request: 'acme' })
  expect(asked.headers.get('location')).toMatch(/\?setup_action=request$/)
  expect(standIn.creation.requests).toMatchObject([{ account: { login: 'acme' } }])
  const installed = await send({ account: 'acme' })
  const [id] = [...standIn.world.installations.keys()]
  expect(installed.headers.get('location')).toMatch(`installation_id=${id}&setup_action=install`)
  expect(standIn.creation.requests).toEqual([])
})
