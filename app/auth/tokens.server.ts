/** API tokens: 256 random bits, shown once. Only the hash is stored, so a stolen table grants no access. */

import { createHash, randomBytes } from 'node:crypto'
import { OperatorError, RefusedError } from '#app/config/errors.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { PrismaClient } from '#app/generated/prisma/client.ts'
import { narrowedTo, operatorScope, type Rights, type Scope } from './scope.ts'

const TOKEN = /^whence_[\w-]{43}$/
const ID = /^[0-9]{1,18}$/
const NAME = /^\p{L}[\p{L}\p{N} ._@/-]{0,63}$/u
/** Length of the stored token prefix, which identifies the token: 36 of its 256 bits. */
const PREFIX_LENGTH = 'whence_'.length + 6

export interface ApiToken {
  id: string
  name: string
  /** The login of the person whose it is; null for a token of the operator. */
  owner: string | null
  /** First characters of the token. */
  prefix: string
  createdAt: Date
  rights: Rights
  /** How many repositories it is narrowed to; null if it is not. */
  repositories: number | null
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
  /** Ids of the only repositories that it may read, of those that its owner may read. */
  repositories?: readonly string[]
}
export const DEFAULT_GRANT: TokenGrant = { rights: 'read', days: 90 }

const DAY = 24 * 3_600_000

/**
 * Days that a token lasts at the longest, whatever it was made for; null sets no limit. It holds when a token is
 * used, so that a lower limit ends older tokens.
 */
export type MaxDays = number | null

/** Returns when a token `t` ends. @param maxDays the parameter with the {@link MaxDays}. */
function endOf(maxDays: string): string {
  return `least(t.expires_at, t.created_at + ${maxDays}::int * interval '24 hours')`
}

/** @throws RefusedError if a token would last longer than it may. */
export function checkLife({ days }: Pick<TokenGrant, 'days'>, maxDays: MaxDays): void {
  if (maxDays === null || (days !== null && days <= maxDays)) return
  throw new RefusedError(
    'invalid',
    `A token lasts ${maxDays} ${maxDays === 1 ? 'day' : 'days'} at the longest here`,
    'Choose fewer days, or ask whoever runs Whence: TOKEN_MAX_DAYS sets how many.',
  )
}

/**
 * Creates a token and stores its hash. A token of the operator reads everything in all repositories, and that of
 * a person what the person reads.
 *
 * @param prisma the client or a transaction.
 * @param name null names the token after its prefix.
 * @param personId null for the operator.
 * @returns the token itself, which cannot be retrieved later.
 * @throws OperatorError if the name is invalid or belongs to an active token.
 */
export async function createToken(
  prisma: Pick<PrismaClient, 'apiToken'>,
  name: string | null,
  { rights, days, repositories }: TokenGrant = DEFAULT_GRANT,
  personId: string | null = null,
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
    data: {
      ...{ name: given, hash: hashOf(token), prefix, rights, expiresAt },
      personId: personId === null ? null : BigInt(personId),
      ...(repositories && { narrowed: true, repositories: repositories.map(BigInt) }),
    },
    skipDuplicates: true,
    select: { id: true },
  })
  if (made) return { id: String(made.id), name: given, token, rights, expiresAt }
  throw new OperatorError(
    `A token named "${given}" already exists`,
    'Use another name, or revoke that token first.',
  )
}

/**
 * Lists tokens, newest first, with the end that each has under the limit.
 *
 * @param personId those of a person that were not revoked; null lists all, including revoked ones.
 */
export async function listTokens(
  db: Queryable,
  maxDays: MaxDays,
  personId: string | null = null,
): Promise<ApiToken[]> {
  const { rows } = await db.query<ApiToken>(
    `select t.id, t.name, p.login as owner, t.prefix, t.created_at, t.rights,
       case when t.narrowed then cardinality(t.repositories) end as repositories,
       ${endOf('$2')} as expires_at, t.last_used_at, t.revoked_at
     from api_token t left join person p on p.id = t.person_id
     where $1::bigint is null or (t.person_id = $1 and t.revoked_at is null)
     order by t.id desc`,
    [personId, maxDays],
  )
  return rows
}

/**
 * Revokes a token, immediately in every process.
 *
 * @param prisma the client or a transaction.
 * @param which the id of an active token, or the name of one of the operator.
 * @param personId revokes only a token of this person.
 * @returns the token's name.
 * @throws OperatorError if there is no such token.
 */
export async function revokeToken(
  prisma: Pick<PrismaClient, 'apiToken'>,
  which: string,
  personId: string | null = null,
): Promise<string> {
  const named = ID.test(which) ? { id: BigInt(which) } : { name: which, personId: null }
  const own = personId === null ? {} : { personId: BigInt(personId) }
  const [revoked] = await prisma.apiToken.updateManyAndReturn({
    where: { ...named, ...own, revokedAt: null },
    data: { revokedAt: new Date() },
    select: { name: true },
  })
  if (revoked) return revoked.name
  throw new OperatorError(
    'No valid token has that number or name',
    '`whence token list` shows the tokens.',
  )
}

/** A program that presented a valid token. `narrow` is the scope of the token, of that of its owner. */
export type Bearer = {
  tokenId: string
  name: string
  /** True if the token was never used before. */
  isNew: boolean
  /** Null if it never ends. */
  expiresAt: Date | null
  narrow(scope: Scope): Scope
} & (
  | { personId: null; scope: Scope }
  /** The token of a person reads what the person reads. */
  | { personId: string }
)

/**
 * Finds the owner of a token and records its use, at most once a minute; {@link markFirstUse} records the first.
 * The lookup compares hashes in an index, so its duration reveals nothing about the token.
 *
 * @returns null if the token is unknown or revoked.
 */
export async function findBearer(
  db: Queryable,
  token: string,
  maxDays: MaxDays,
): Promise<Bearer | 'expired' | null> {
  if (!TOKEN.test(token)) return null
  const { rows } = await db.query<FoundToken>(
    `with found as (
         select id, name, rights, person_id, last_used_at is null as is_new,
           case when narrowed then repositories::text[] end as repositories,
           ${endOf('$2')} as expires_at, coalesce(${endOf('$2')} <= now(), false) as expired
         from api_token t where hash = $1 and revoked_at is null),
       noted as (update api_token t set last_used_at = now() from found
         where t.id = found.id and not found.expired
           and t.last_used_at < now() - interval '1 minute')
     select id, name, rights, person_id, repositories, is_new, expires_at, expired from found`,
    [hashOf(token), maxDays],
  )
  const [row] = rows
  if (!row) return null
  if (row.expired) return 'expired'
  const { id: tokenId, name, rights, personId, isNew, expiresAt, repositories } = row
  const narrow = (scope: Scope) => (repositories ? narrowedTo(repositories, scope) : scope)
  const found = { tokenId, name, isNew, expiresAt, narrow }
  if (personId !== null) return { ...found, personId }
  return { ...found, personId, scope: narrow(operatorScope(rights)) }
}

/** Records the first use of a token. @returns false if another request did it. */
export async function markFirstUse(tx: Queryable, tokenId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update api_token set last_used_at = now() where id = $1 and last_used_at is null',
    [tokenId],
  )
  return rowCount > 0
}

interface FoundToken {
  id: string
  name: string
  rights: Rights
  personId: string | null
  repositories: string[] | null
  isNew: boolean
  expiresAt: Date | null
  expired: boolean
}

/** Returns true if the token is still valid; does not count as its use. */
export async function isTokenValid(
  db: Queryable,
  tokenId: string,
  maxDays: MaxDays,
): Promise<boolean> {
  const { rows } = await db.query<{ valid: boolean }>(
    `select exists (select from api_token t where id = $1 and revoked_at is null
       and coalesce(${endOf('$2')} > now(), true)) as valid`,
    [tokenId, maxDays],
  )
  return rows[0]?.valid ?? false
}

function hashOf(token: string): Buffer<ArrayBuffer> {
  return createHash('sha256').update(token).digest()
}
