/** API tokens: 256 random bits, shown once. Only the hash is stored, so a stolen table grants no access. */

import { createHash, randomBytes } from 'node:crypto'
import { OperatorError } from '#app/config/errors.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { PrismaClient } from '#app/generated/prisma/client.ts'
import { operatorScope, type Rights, type Scope } from './scope.ts'

const TOKEN = /^whence_[\w-]{43}$/
const ID = /^[0-9]{1,18}$/
const NAME = /^\p{L}[\p{L}\p{N} ._@/-]{0,63}$/u
/** Length of the stored token prefix, which identifies the token: 36 of its 256 bits. */
const PREFIX_LENGTH = 'whence_'.length + 6

export interface ApiToken {
  id: string
  name: string
  /** First characters of the token. */
  prefix: string
  createdAt: Date
  rights: Rights
  /** Null for a token that never expires. */
  expiresAt: Date | null
  /** Accurate to the minute. */
  lastUsedAt: Date | null
  revokedAt: Date | null
}

/** What a new token may do, and until when. */
export interface TokenGrant {
  rights: Rights
  /** Days until it expires; null if it never does. */
  days: number | null
}
export const DEFAULT_GRANT: TokenGrant = { rights: 'read', days: 90 }

const DAY = 24 * 3_600_000

/**
 * Creates a token and stores its hash. A token reads everything in all repositories.
 *
 * @param name null names the token after its prefix.
 * @returns the token itself, which cannot be retrieved later.
 * @throws OperatorError if the name is invalid or belongs to an active token.
 */
export async function createToken(
  prisma: PrismaClient,
  name: string | null,
  { rights, days }: TokenGrant = DEFAULT_GRANT,
): Promise<{ id: string; name: string; token: string; rights: Rights; expiresAt: Date | null }> {
  const token = `whence_${randomBytes(32).toString('base64url')}`
  const prefix = token.slice(0, PREFIX_LENGTH)
  const given = name ?? `token ${prefix}`
  if (!NAME.test(given))
    throw new OperatorError(
      'That is not a valid name for a token',
      'Start with a letter; then use letters, digits, spaces and . _ @ / -, 64 characters at most.',
    )
  const expiresAt = days === null ? null : new Date(Date.now() + days * DAY)
  const [made] = await prisma.apiToken.createManyAndReturn({
    data: { name: given, hash: hashOf(token), prefix, rights, expiresAt },
    skipDuplicates: true,
    select: { id: true },
  })
  if (made) return { id: String(made.id), name: given, token, rights, expiresAt }
  throw new OperatorError(
    `A token named "${given}" already exists`,
    'Use another name, or revoke that token first with `whence token revoke`.',
  )
}

/** Lists all tokens, including revoked and expired ones, newest first. */
export async function listTokens(prisma: PrismaClient): Promise<ApiToken[]> {
  const tokens = await prisma.apiToken.findMany({ omit: { hash: true }, orderBy: { id: 'desc' } })
  return tokens.map((token) => ({
    ...token,
    id: String(token.id),
    rights: token.rights as Rights,
  }))
}

/**
 * Revokes a token, immediately in every process.
 *
 * @param which the id or name of an active token.
 * @returns the token's name.
 * @throws OperatorError if there is no such token.
 */
export async function revokeToken(prisma: PrismaClient, which: string): Promise<string> {
  const named = ID.test(which) ? { id: BigInt(which) } : { name: which }
  const [revoked] = await prisma.apiToken.updateManyAndReturn({
    where: { ...named, revokedAt: null },
    data: { revokedAt: new Date() },
    select: { name: true },
  })
  if (revoked) return revoked.name
  throw new OperatorError(
    'No valid token has that number or name',
    '`whence token list` shows the tokens.',
  )
}

/** A program that presented a valid token. */
export interface Bearer {
  tokenId: string
  name: string
  scope: Scope
}

/**
 * Finds the owner of a token and records its use, at most once a minute. The lookup compares hashes in an
 * index, so its duration reveals nothing about the token.
 *
 * @returns null if the token is unknown or revoked.
 */
export async function findBearer(db: Queryable, token: string): Promise<Bearer | 'expired' | null> {
  if (!TOKEN.test(token)) return null
  const { rows } = await db.query<FoundToken>(
    `with found as (select id, name, rights, coalesce(expires_at <= now(), false) as expired
         from api_token where hash = $1 and revoked_at is null),
       noted as (update api_token t set last_used_at = now() from found
         where t.id = found.id and not found.expired
           and (t.last_used_at is null or t.last_used_at < now() - interval '1 minute'))
     select id, name, rights, expired from found`,
    [hashOf(token)],
  )
  const [row] = rows
  if (!row) return null
  if (row.expired) return 'expired'
  return { tokenId: row.id, name: row.name, scope: operatorScope(row.rights) }
}

interface FoundToken {
  id: string
  name: string
  rights: Rights
  expired: boolean
}

/** Returns true if the token is still valid; does not count as its use. */
export async function isTokenValid(db: Queryable, tokenId: string): Promise<boolean> {
  const { rows } = await db.query<{ valid: boolean }>(
    `select exists (select from api_token where id = $1 and revoked_at is null
       and (expires_at is null or expires_at > now())) as valid`,
    [tokenId],
  )
  return rows[0]?.valid ?? false
}

function hashOf(token: string): Buffer<ArrayBuffer> {
  return createHash('sha256').update(token).digest()
}
