/** Tokens of programs: 256 random bits, shown once. Only the hash is kept, so a stolen table opens nothing. */

import { createHash, randomBytes } from 'node:crypto'
import { OperatorError } from '#app/config/errors.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { operatorScope, type Scope } from './scope.ts'

const TOKEN = /^whence_[\w-]{43}$/
const NAME = /^\p{L}[\p{L}\p{N} ._@/-]{0,63}$/u
/** Of a token, the signs that are kept to tell it from others: 36 of its 256 bits. */
const PREFIX_LENGTH = 'whence_'.length + 6

export interface ApiToken {
  id: string
  name: string
  /** The token's first signs. */
  prefix: string
  createdAt: string
  /** To the minute. */
  lastUsedAt: string | null
  revokedAt: string | null
}

/**
 * Makes a token and keeps its hash.
 *
 * @param name null names it after its first signs.
 * @returns the token itself, which nobody can read again.
 * @throws OperatorError when the name cannot be used, or a token in use has it.
 */
export async function createToken(
  db: Queryable,
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
  const { rows } = await db.query<{ id: string }>(
    `insert into api_token (name, hash, prefix) values ($1, $2, $3)
     on conflict (name) where revoked_at is null do nothing returning id`,
    [given, hashOf(token), prefix],
  )
  const [row] = rows
  if (row) return { id: row.id, name: given, token }
  throw new OperatorError(
    `A token named "${given}" already exists`,
    'Use another name, or revoke that token first with `whence token revoke`.',
  )
}

/** Every token there was, the newest first. */
export async function listTokens(db: Queryable): Promise<ApiToken[]> {
  const { rows } = await db.query<Record<'id' | 'name' | 'prefix', string> & TokenTimes>(
    `select id, name, prefix, created_at, last_used_at, revoked_at from api_token order by id desc`,
  )
  return rows.map(({ id, name, prefix, ...times }) => ({
    id,
    name,
    prefix,
    createdAt: times.createdAt.toISOString(),
    lastUsedAt: times.lastUsedAt?.toISOString() ?? null,
    revokedAt: times.revokedAt?.toISOString() ?? null,
  }))
}

interface TokenTimes {
  createdAt: Date
  lastUsedAt: Date | null
  revokedAt: Date | null
}

/**
 * Ends a token at once, in every process.
 *
 * @param which the id or the name of one in use.
 * @returns its name.
 * @throws OperatorError when there is none.
 */
export async function revokeToken(db: Queryable, which: string): Promise<string> {
  const { rows } = await db.query<{ name: string }>(
    `update api_token set revoked_at = now()
     where revoked_at is null and case when $1 ~ '^[0-9]{1,18}$' then id::text = $1 else name = $1 end
     returning name`,
    [which],
  )
  const [row] = rows
  if (row) return row.name
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

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
