/** Sessions of browsers: rows, so that each can be listed and ended. */
import { createHash } from 'node:crypto'
import type { Queryable } from '#app/database/pool.server.ts'
import { newSessionValue, type SessionLimits } from './session.ts'

const ID = /^[0-9]{1,18}$/
const LONGEST_AGENT = 200

/** How a session was started: by an operator link, or by signing in with GitHub. */
type SessionMethod = 'operator_link' | 'github'

/** The condition of a session that still admits its browser. $1 are the hours that it may be idle. */
const OPEN = `ended_at is null and expires_at > now()
  and last_seen_at > now() - $1::float8 * interval '1 hour'`

export interface Session {
  id: string
  method: SessionMethod
  /** The login of the person; null for the operator. */
  login: string | null
  createdAt: Date
  /** Accurate to the minute. */
  lastSeenAt: Date
  expiresAt: Date
  /** As the browser says. */
  userAgent: string
}

export interface NewSession {
  /** Null for the operator. */
  personId: string | null
  /** The browser as it calls itself. */
  userAgent: string
  limits: SessionLimits
}

/**
 * Starts a session.
 *
 * @returns the value of its cookie, which is stored nowhere.
 */
export async function startSession(
  tx: Queryable,
  { personId, userAgent, limits }: NewSession,
): Promise<string> {
  const value = newSessionValue()
  await tx.query(
    `insert into session (hash, method, person_id, expires_at, user_agent)
     values ($1, $2, $3, now() + $4::float8 * interval '1 day', $5)`,
    [
      hashOf(value),
      personId === null ? 'operator_link' : 'github',
      personId,
      limits.SESSION_DAYS,
      userAgent.slice(0, LONGEST_AGENT),
    ],
  )
  return value
}

/**
 * Ends the sessions that a browser had before it signed in again.
 *
 * @param values from `sessionValues()`.
 * @returns true if one of them was open and the operator's.
 */
export async function replaceSessions(
  tx: Queryable,
  values: string[],
  { SESSION_IDLE_HOURS }: SessionLimits,
): Promise<boolean> {
  const { rows } = await tx.query<{ wasOperator: boolean }>(
    `update session set ended_at = now() where hash = any($2::bytea[]) and ${OPEN}
     returning person_id is null as was_operator`,
    [SESSION_IDLE_HOURS, values.map(hashOf)],
  )
  return rows.some(({ wasOperator }) => wasOperator)
}

export interface FoundSession {
  id: string
  /** Null for the operator. */
  personId: string | null
}

/**
 * Finds the open session of a browser and records its use, at most once a minute. The lookup compares hashes
 * in an index, so its duration reveals nothing about the value.
 *
 * @param values from `sessionValues()`.
 * @returns null if there is none, or it has ended.
 */
export async function findSession(
  db: Queryable,
  values: string[],
  { SESSION_IDLE_HOURS }: SessionLimits,
): Promise<FoundSession | null> {
  if (values.length === 0) return null
  const { rows } = await db.query<FoundSession>(
    `with found as (select id, person_id from session where hash = any($2::bytea[]) and ${OPEN}),
       noted as (update session s set last_seen_at = now() from found
         where s.id = found.id and s.last_seen_at < now() - interval '1 minute')
     select id, person_id from found order by id desc limit 1`,
    [SESSION_IDLE_HOURS, values.map(hashOf)],
  )
  return rows[0] ?? null
}

/** Returns why the last session of a browser was ended, if its browser did not ask for it. */
export async function whyEnded(db: Queryable, values: string[]): Promise<string | null> {
  const { rows } = await db.query<{ endedReason: string | null }>(
    `select ended_reason from session where hash = any($1::bytea[]) order by id desc limit 1`,
    [values.map(hashOf)],
  )
  return rows[0]?.endedReason ?? null
}

/** Returns true if the session has not ended; does not count as its use. */
export async function isSessionOpen(
  db: Queryable,
  id: string,
  { SESSION_IDLE_HOURS }: SessionLimits,
): Promise<boolean> {
  const { rows } = await db.query<{ open: boolean }>(
    `select exists (select from session where id = $2 and ${OPEN}) as open`,
    [SESSION_IDLE_HOURS, id],
  )
  return rows[0]?.open ?? false
}

/** Whose sessions: a person's, the operator's, or all. */
export type Whose = { personId: string } | 'operator' | 'all'

/** Lists sessions that have not ended, newest first. */
export async function listSessions(
  db: Queryable,
  { SESSION_IDLE_HOURS }: SessionLimits,
  whose: Whose = 'all',
): Promise<Session[]> {
  const { rows } = await db.query<Session>(
    `select s.id, s.method, p.login, s.created_at, s.last_seen_at, s.expires_at, s.user_agent
     from session s left join person p on p.id = s.person_id
     where ${OPEN} and ($2::bigint is null or s.person_id = $2) and (not $3 or s.person_id is null)
     order by s.id desc`,
    [SESSION_IDLE_HOURS, personOf(whose), whose === 'operator'],
  )
  return rows
}

/**
 * Ends open sessions, immediately in every process.
 *
 * @param id ends this one alone.
 * @param reason tells the browser why, if nobody asked for it there.
 * @returns how many were open.
 */
export async function endSessions(
  db: Queryable,
  { SESSION_IDLE_HOURS }: SessionLimits,
  { whose, id, reason }: { whose: Whose; id?: string; reason?: string },
): Promise<number> {
  if (id !== undefined && !ID.test(id)) return 0
  const { rowCount } = await db.query(
    `update session set ended_at = now(), ended_reason = $5
     where ${OPEN} and ($2::bigint is null or person_id = $2) and (not $3 or person_id is null)
       and ($4::bigint is null or id = $4)`,
    [SESSION_IDLE_HOURS, personOf(whose), whose === 'operator', id ?? null, reason ?? null],
  )
  return rowCount
}

function personOf(whose: Whose): string | null {
  return typeof whose === 'object' ? whose.personId : null
}

/** Deletes sessions that ended a week ago or earlier. */
export async function deleteOldSessions(db: Queryable): Promise<void> {
  await db.query(
    `delete from session where least(ended_at, expires_at) < now() - interval '7 days'`,
  )
}

function hashOf(value: string): Buffer<ArrayBuffer> {
  return createHash('sha256').update(value).digest()
}
