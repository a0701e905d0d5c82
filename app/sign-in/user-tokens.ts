/**
 * The user token of a person, sealed. A refresh ends the pair before, so one process alone may make it: it claims
 * the row for half a minute, asks GitHub, and stores the new pair before anybody uses it. The claim is a row and
 * not a transaction, which would hold a connection, and on the embedded profile the only one, while GitHub is asked.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { OperatorError } from '#app/config/errors.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { KeySettings } from '#app/secrets/keys.ts'
import { seal, unseal } from '#app/secrets/seal.ts'
import { type OAuthApp, refreshPair, type TokenPair } from './oauth.ts'

/** A token that expires sooner is refreshed first. */
const MARGIN_SECONDS = 60
/** Longer than GitHub is waited for. */
const CLAIM_SECONDS = 30
const POLL_MS = 50
const MOST_POLLS = 400

interface StoredToken {
  version: number
  clientId: string
  accessToken: string
  refreshToken: string | null
  isExpiring: boolean
}

export type UsableToken =
  | { kind: 'token'; token: string; version: number }
  /** The person has to sign in again, for this reason. */
  | { kind: 'ended'; reason: string }
  | { kind: 'away'; reason: string }

interface Holding {
  db: Queryable
  config: KeySettings
  app: OAuthApp
}

/** Stores the pair of a sign-in, which replaces any other. */
export async function storePair(
  db: Queryable,
  config: KeySettings,
  { personId, clientId, pair }: { personId: string; clientId: string; pair: TokenPair },
): Promise<void> {
  const { accessToken, refreshToken } = sealPair(config, personId, pair)
  await db.query(
    `insert into user_token (person_id, client_id, access_token, expires_at, refresh_token)
     values ($1, $2, $3, $4, $5)
     on conflict (person_id) do update
     set version = user_token.version + 1, client_id = excluded.client_id,
       access_token = excluded.access_token, expires_at = excluded.expires_at,
       refresh_token = excluded.refresh_token, refreshing_until = null`,
    [personId, clientId, accessToken, pair.expiresAt, refreshToken],
  )
}

/** Forgets the token of a person whom GitHub does not vouch for any more. */
export async function deleteToken(db: Queryable, personId: string): Promise<void> {
  await db.query('delete from user_token where person_id = $1', [personId])
}

/**
 * Returns the token of a person, refreshed if it is about to expire.
 *
 * @param refused the version of a token that GitHub has just refused: it is refreshed, too.
 */
export async function usableToken(
  holding: Holding,
  personId: string,
  refused: number | null = null,
): Promise<UsableToken> {
  for (let polls = 0; polls < MOST_POLLS; polls++) {
    const stored = await readToken(holding.db, personId)
    if (!stored) return ended('You have signed out')
    if (stored.clientId !== holding.app.id) return ended('Whence uses another GitHub App now')
    if (!stored.isExpiring && stored.version !== refused)
      return openToken(holding, personId, stored)
    if (stored.refreshToken === null) return ended(REVOKED)
    if (await claim(holding.db, personId, stored.version)) return refresh(holding, personId, stored)
    await sleep(POLL_MS)
  }
  return { kind: 'away', reason: 'Another process has not refreshed the token in time' }
}

export const REVOKED =
  'GitHub does not accept the sign-in any more: it was revoked, or it has expired'

function ended(reason: string): UsableToken {
  return { kind: 'ended', reason }
}

async function readToken(db: Queryable, personId: string): Promise<StoredToken | null> {
  const { rows } = await db.query<StoredToken>(
    `select version, client_id, access_token, refresh_token,
       coalesce(expires_at < now() + $2::float8 * interval '1 second', false) as is_expiring
     from user_token where person_id = $1`,
    [personId, MARGIN_SECONDS],
  )
  return rows[0] ?? null
}

function openToken({ config }: Holding, personId: string, stored: StoredToken): UsableToken {
  const token = opened(config, stored.accessToken, [personId, 'access_token'])
  if (token === null) return ended(LOST_KEY)
  return { kind: 'token', token, version: stored.version }
}

const LOST_KEY = 'The key that sealed the sign-in is not here any more'

/** Locks the row for the moment: of several processes, one alone succeeds. */
async function claim(db: Queryable, personId: string, version: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `update user_token set refreshing_until = clock_timestamp() + $3::float8 * interval '1 second'
     where person_id = $1 and version = $2
       and (refreshing_until is null or refreshing_until < clock_timestamp())`,
    [personId, version, CLAIM_SECONDS],
  )
  return rowCount === 1
}

async function refresh(
  { db, config, app }: Holding,
  personId: string,
  { version, refreshToken }: StoredToken,
): Promise<UsableToken> {
  const old = opened(config, refreshToken ?? '', [personId, 'refresh_token'])
  if (old === null) return ended(LOST_KEY)
  const granted = await refreshPair(app, old)
  if (granted.kind === 'pair') {
    const { pair } = granted
    const sealed = sealPair(config, personId, pair)
    const { rowCount } = await db.query(
      `update user_token set version = version + 1, access_token = $3, expires_at = $4,
         refresh_token = $5, refreshing_until = null
       where person_id = $1 and version = $2`,
      [personId, version, sealed.accessToken, pair.expiresAt, sealed.refreshToken],
    )
    // The person has signed in anew or signed out meanwhile: the next request uses what is stored.
    if (rowCount === 0) return { kind: 'away', reason: 'The sign-in has just changed' }
    return { kind: 'token', token: pair.token, version: version + 1 }
  }
  await db.query(
    'update user_token set refreshing_until = null where person_id = $1 and version = $2',
    [personId, version],
  )
  if (granted.kind === 'away') return granted
  if (granted.error === 'bad_refresh_token') return ended(REVOKED)
  return { kind: 'away', reason: `GitHub refused to renew the sign-in: ${granted.error}` }
}

function sealPair(config: KeySettings, personId: string, { token, refreshToken }: TokenPair) {
  return {
    accessToken: seal(config, token, placeOf([personId, 'access_token'])),
    refreshToken: refreshToken && seal(config, refreshToken, placeOf([personId, 'refresh_token'])),
  }
}

type Where = [personId: string, column: 'access_token' | 'refresh_token']

function placeOf([personId, column]: Where) {
  return ['user_token', personId, column] as const
}

/** @returns null if the key is not here: the person signs in again. */
function opened(config: KeySettings, sealed: string, where: Where): string | null {
  try {
    return unseal(config, sealed, placeOf(where))
  } catch (error) {
    if (error instanceof OperatorError) return null
    throw error
  }
}
