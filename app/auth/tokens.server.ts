/** Tokens of programs: 256 random bits, shown once. Only the hash is kept, so a stolen table opens nothing. */

import { createHash, randomBytes } from 'node:crypto'
import { OperatorError } from '#app/config/errors.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { PrismaClient } from '#app/generated/prisma/client.ts'
import { operatorScope, type Scope } from './scope.ts'

const TOKEN = /^whence_[\w-]{43}$/
const ID = /^[0-9]{1,18}$/
const NAME = /^\p{L}[\p{L}\p{N} ._@/-]{0,63}$/u
/** Of a token, the signs that are kept to tell it from others: 36 of its 256 bits. */
const PREFIX_LENGTH = 'whence_'.length + 6

export interface ApiToken {
  id: string
  name: string
  /** The token's first signs. */
  prefix: string
  createdAt: Date
  /** To the minute. */
  lastUsedAt: Date | null
  revokedAt: Date | null
}

/**
 * Makes a token and keeps its hash.
 *
 * @param name null names it after its first signs.
 * @returns the token itself, which nobody can read again.
 * @throws OperatorError when the name cannot be used, or a token in use has it.
 */
export async function createToken(
  prisma: PrismaClient,
  name: string | null,
): Promise<{ id: string; name: string; token: string }> {
  const token = `whence_${randomBytes(32).toString('base64url')}`
  const prefix = token.slice(0, PREFIX_LENGTH)
  const given = name ?? `token ${prefix}`
  if (!NAME.test(given))
    throw new OperatorError(
      'That is not a valid name for a token',
      'Start with a letter; then use letters, digits, spaces and . _ @ / -, 64 characters at most.',
    )
  const [made] = await prisma.apiToken.createManyAndReturn({
    data: { name: given, hash: hashOf(token), prefix },
    skipDuplicates: true,
    select: { id: true },
  })
  if (made) return { id: String(made.id), name: given, token }
  throw new OperatorError(
    `A token named "${given}" already exists`,
    'Use another name, or revoke that token first with `whence token revoke`.',
  )
}

/** Every token there was, the newest first. */
export async function listTokens(prisma: PrismaClient): Promise<ApiToken[]> {
  const tokens = await prisma.apiToken.findMany({ omit: { hash: true }, orderBy: { id: 'desc' } })
  return tokens.map((token) => ({ ...token, id: String(token.id) }))
}

/**
 * Ends a token at once, in every process.
 *
 * @param which the id or the name of one in use.
 * @returns its name.
 * @throws OperatorError when there is none.
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

/** A program that showed a good token. */
export interface Bearer {
  tokenId: string
  scope: Scope
}

/**
 * Whom a token belongs to, and notes that it was used, once a minute at most. What is compared is a hash
 * in an index: the time it takes tells nothing of the token.
 *
 * @returns null when it is none, or was revoked.
 */
export async function findBearer(db: Queryable, token: string): Promise<Bearer | null> {
  if (!TOKEN.test(token)) return null
  const { rows } = await db.query<{ id: string }>(
    `with found as (select id from api_token where hash = $1 and revoked_at is null),
       noted as (update api_token t set last_used_at = now() from found
         where t.id = found.id
           and (t.last_used_at is null or t.last_used_at < now() - interval '1 minute'))
     select id from found`,
    [hashOf(token)],
  )
  const [row] = rows
  return row ? { tokenId: row.id, scope: operatorScope() } : null
}

function hashOf(token: string): Buffer<ArrayBuffer> {
  return createHash('sha256').update(token).digest()
}
