/** What opens a door or names a thing, changed by a few characters: nothing is let in, and nothing breaks. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOperatorKey } from '#app/auth/operator-links.server.ts'
import { createToken } from '#app/auth/tokens.server.ts'
import type { PrismaClient } from '#app/generated/prisma/client.ts'
import { send } from '#test/support/send.ts'
import {
  begin,
  cookieOf,
  type Jar,
  type OpenedSignIn,
  openSignIn,
} from '#test/support/web/sign-in.ts'

const EACH = 1_000
const AT_ONCE = 50
const ODD = ['', '%00', '%ff', '%F0%9F%98%80', "'", '"', '..%2f', '-1', '9'.repeat(40), '%20', '+']

let opened: OpenedSignIn
let prisma: PrismaClient
/** Of the operator. */
let cookie: string

beforeAll(async () => {
  opened = await openSignIn()
  prisma = await opened.services.database.prisma()
  await opened.copy()
  const key = await createOperatorKey(prisma)
  const { headers } = await send(`${opened.web.url}/operator?key=${key}`)
  cookie = String(headers['set-cookie']).split(';')[0] as string
  expect(await ask('/api/v1/jobs', { cookie }, 0)).toBe(200)
})
afterAll(() => opened.close())

/** Every request comes from another address, so that no limit answers in place of the check. */
async function ask(path: string, headers: Record<string, string>, seed: number): Promise<number> {
  const from = { 'x-forwarded-for': `10.${seed >> 16}.${(seed >> 8) & 255}.${seed & 255}` }
  const url = `${opened.web.url}${path}`
  return (await send(url, { accept: 'application/json', ...from, ...headers })).status
}

/** Changes, cuts off, repeats or inserts something, differently for each seed. */
function mutate(text: string, seed: number): string {
  const at = (seed * 7) % text.length
  const other = 'abcdefghijklmnopqrstuvwxyz0123456789-_'[(seed * 11) % 38] as string
  const changed = other === text[at] ? '~' : other
  if (seed % 5 === 0) return text.slice(0, at)
  if (seed % 5 === 1) return text.slice(0, at) + text.slice(at) + other
  if (seed % 5 === 2)
    return text.slice(0, at) + (ODD[seed % ODD.length] as string) + text.slice(at + 1)
  return text.slice(0, at) + changed + text.slice(at + 1)
}

let used = 0

/** @returns the statuses of all answers. */
async function askAll(
  text: string,
  requestOf: (mutated: string) => { path: string; headers?: Record<string, string> },
): Promise<number[]> {
  const statuses = new Set<number>()
  for (let start = 0; start < EACH; start += AT_ONCE)
    await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, more) => {
        used += 1
        const { path, headers = {} } = requestOf(mutate(text, start + more))
        statuses.add(await ask(path, headers, used))
      }),
    )
  return [...statuses].sort()
}

async function sessions(): Promise<number> {
  return prisma.session.count()
}

test('a session', async () => {
  const statuses = await askAll(cookie, (mutated) => ({
    path: '/api/v1/jobs',
    headers: { cookie: mutated },
  }))
  expect(statuses).toEqual([401])
})

test('a token', async () => {
  const { token } = await createToken(prisma, 'mutated')
  const statuses = await askAll(token, (mutated) => ({
    path: '/api/v1/jobs',
    headers: { authorization: `Bearer ${mutated}` },
  }))
  expect(statuses).toEqual([401])
})

test('the key of an operator link', async () => {
  const before = await sessions()
  const key = await createOperatorKey(prisma)
  const statuses = await askAll(key, (mutated) => ({ path: `/operator?key=${mutated}` }))
  expect(statuses.every((status) => status >= 400 && status < 500)).toBe(true)
  expect(await sessions()).toBe(before)
})

test.each(['state', 'cookie'] as const)('the %s of a sign-in', async (what) => {
  const before = await sessions()
  const jar: Jar = new Map()
  const state = (await begin(opened, jar)).searchParams.get('state') as string
  const right = { state, code: '0123456789abcdef0123', cookie: cookieOf(jar) }
  const statuses = await askAll(right[what], (mutated) => {
    const sent = { ...right, [what]: mutated }
    const path = `/auth/github/callback?state=${sent.state}&code=${sent.code}`
    return { path, headers: { cookie: sent.cookie } }
  })
  expect(statuses.every((status) => status >= 400 && status < 500)).toBe(true)
  expect(await sessions()).toBe(before)
})

test.each([
  ['/api/v1/search?q=a&cursor=', 'eyJtb2RlIjoia2V5d29yZCIsIm9mZnNldCI6MjB9'],
  ['/api/v1/jobs?cursor=', 'eyJpZCI6IjEyMyJ9'],
  ['/api/v1/jobs/', '123'],
  ['/api/v1/installations/', '1'],
  ['/api/v1/pulls/acme/', 'engine/12'],
  ['/api/v1/deliveries?cursor=', 'MTIzNDU2Nzg5MA'],
])('what names a thing: %s', async (beginning, text) => {
  const statuses = await askAll(text, (mutated) => ({
    path: `${beginning}${mutated}`,
    headers: { cookie },
  }))
  expect(statuses.filter((status) => status >= 500 || status === 429)).toEqual([])
})
