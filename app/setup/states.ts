/**
 * States of the creation of an App: random, good once, for an hour. The browser keeps the state in a cookie and
 * the database its hash, so that only the browser that began may finish.
 */
import { createHash, randomBytes } from 'node:crypto'
import { isSecure } from '#app/auth/access.ts'
import type { Config } from '#app/config/env.server.ts'
import type { Database } from '#app/database/database.server.ts'

const LIFE_MS = 3_600_000
const VALUE = /^[\w-]{43}$/

export async function createState({ prisma }: Pick<Database, 'prisma'>): Promise<string> {
  const state = randomBytes(32).toString('base64url')
  const { setupState } = await prisma()
  await setupState.deleteMany({ where: { createdAt: { lt: oldest() } } })
  await setupState.create({ data: { hash: hashOf(state), createdAt: new Date() } })
  return state
}

/** Uses the state up. @returns false if it is unknown, used or expired. */
export async function redeemState(
  { prisma }: Pick<Database, 'prisma'>,
  state: string,
): Promise<boolean> {
  const { count } = await (await prisma()).setupState.deleteMany({
    where: { hash: hashOf(state), createdAt: { gte: oldest() } },
  })
  return count === 1
}

/** Returns the state that the browser keeps; null if it keeps none. */
export function stateOf(config: Pick<Config, 'PUBLIC_URL'>, request: Request): string | null {
  const name = `${cookieName(config)}=`
  const pair = (request.headers.get('cookie') ?? '')
    .split(/;\s*/)
    .find((one) => one.startsWith(name))
  const value = pair?.slice(name.length) ?? ''
  return VALUE.test(value) ? value : null
}

/** Returns a `Set-Cookie` header; null removes the cookie. */
export function stateCookie(config: Pick<Config, 'PUBLIC_URL'>, state: string | null): string {
  const age = state === null ? 0 : LIFE_MS / 1000
  const secure = isSecure(config) ? '; Secure' : ''
  return `${cookieName(config)}=${state ?? ''}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${age}${secure}`
}

function cookieName(config: Pick<Config, 'PUBLIC_URL'>): string {
  return isSecure(config) ? '__Host-whence_setup' : 'whence_setup'
}

function hashOf(state: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(state).digest())
}

function oldest(): Date {
  return new Date(Date.now() - LIFE_MS)
}
