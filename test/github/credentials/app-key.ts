import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import type { Clock } from '../world/clock.ts'

export type AppKey = { id: number; clientId: string; slug: string; privateKey: string }

let generated: string | null = null

/**
 * Returns one key for all stand-ins of a process, because generating one takes longer than starting a server.
 */
export function makePrivateKey(): string {
  generated ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey
  return generated
}

const MAX_LIFE = 600
const TOLERATED_DRIFT = 60

/** Returns null if the App's JWT is valid, otherwise GitHub's answer to it. */
export function refuseJwt(
  jwt: string,
  app: AppKey,
  clock: Clock,
): { status: number; message: string } | null {
  const undecodable = { status: 401, message: 'A JSON web token could not be decoded' }
  const [head, body, signature] = jwt.split('.')
  const header = decode(head)
  const claims = decode(body)
  if (!header || !claims || !signature || header.alg !== 'RS256') return undecodable
  const publicKey = createPublicKey(createPrivateKey(app.privateKey))
  const signed = Buffer.from(`${head}.${body}`)
  const isGenuine = verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url'))
  if (!isGenuine) return undecodable
  if (String(claims.iss) !== String(app.id) && claims.iss !== app.clientId) {
    return { status: 404, message: 'Integration not found' }
  }
  const message = refuseTimes(claims, clock.now().getTime() / 1000)
  return message === null ? null : { status: 401, message }
}

function refuseTimes(claims: Record<string, unknown>, now: number): string | null {
  const { iat, exp } = claims
  if (typeof exp !== 'number' || exp <= now) {
    return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
  }
  if (typeof iat !== 'number' || !Number.isInteger(iat) || iat > now + TOLERATED_DRIFT) {
    return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
  }
  if (exp > now + MAX_LIFE + TOLERATED_DRIFT || exp - iat > MAX_LIFE + TOLERATED_DRIFT) {
    return "'Expiration time' claim ('exp') is too far in the future"
  }
  return null
}

function decode(part: string | undefined): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    // Anything but JSON is no part of a JWT; the caller reports this.
    return null
  }
}
