/** Sessions of browsers: rows, so that each can be listed and ended. */
import { createHash } from 'node:crypto'
import { OperatorError } from '#app/config/errors.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { PrismaClient } from '#app/generated/prisma/client.ts'
import { redeemOperatorKey } from './operator-links.server.ts'
import { IDLE_HOURS, newSessionValue, SESSION_DAYS } from './session.ts'

const HOUR = 3_600_000
const ID = /^[0-9]{1,18}$/
const LONGEST_AGENT = 200

/** The condition of a session that still admits its browser. */
const OPEN = `ended_at is null and expires_at > now()
  and last_seen_at > now() - interval '${IDLE_HOURS} hours'`

export interface Session {
  id: string
  method: string
  createdAt: Date
  /** Accurate to the minute. */
  lastSeenAt: Date
  expiresAt: Date
  /** As the browser says. */
  userAgent: string
}

interface SignIn {
  /** The key of an operator link. */
  key: string
  /** Values of the browser's cookie, whose sessions end. */
  replaced: string[]
  userAgent: string
}

/**
 * Redeems an operator link and starts a session.
 *
 * @returns the value of its cookie, or null if the key was not valid; then nothing changes.
 */
export async function signIn(
  prisma: PrismaClient,
  { key, replaced, userAgent }: SignIn,
): Promise<string | null> {
  const value = newSessionValue()
  const now = Date.now()
  return prisma.$transaction(async (within) => {
    if (!(await redeemOperatorKey(within, key))) return null
    await within.session.updateMany({
      where: { hash: { in: replaced.map(hashOf) }, endedAt: null },
      data: { endedAt: new Date(now) },
    })
    await within.session.create({
      data: {
        hash: hashOf(value),
        method: 'operator_link',
        expiresAt: new Date(now + SESSION_DAYS * 24 * HOUR),
        userAgent: userAgent.slice(0, LONGEST_AGENT),
      },
    })
    return value
  })
}

/**
 * Finds the open session of a browser and records its use, at most once a minute. The lookup compares hashes
 * in an index, so its duration reveals nothing about the value.
 *
 * @param values from `sessionValues()`.
 * @returns the id of the session; null if there is none, or it has ended.
 */
export async function findSession(db: Queryable, values: string[]): Promise<string | null> {
  if (values.length === 0) return null
  const { rows } = await db.query<{ id: string }>(
    `with found as (select id from session where hash = any($1::bytea[]) and ${OPEN}),
       noted as (update session s set last_seen_at = now() from found
         where s.id = found.id and s.last_seen_at < now() - interval '1 minute')
     select id from found order by id desc limit 1`,
    [values.map(hashOf)],
  )
  return rows[0]?.id ?? null
}

/** Returns true if the session has not ended; does not count as its use. */
export async function isSessionOpen(db: Queryable, id: string): Promise<boolean> {
  const { rows } = await db.query<{ open: boolean }>(
    `select exists (select from session where id = $1 and ${OPEN}) as open`,
    [id],
  )
  return rows[0]?.open ?? false
}

/** Lists the sessions that have not ended, newest first. */
export async function listSessions(prisma: PrismaClient): Promise<Session[]> {
  const sessions = await prisma.session.findMany({
    where: stillOpen(),
    omit: { hash: true, endedAt: true },
    orderBy: { id: 'desc' },
  })
  return sessions.map((session) => ({ ...session, id: String(session.id) }))
}

/**
 * Ends a session, immediately in every process.
 *
 * @throws OperatorError if there is no such session, or it has ended.
 */
export async function endSession(prisma: PrismaClient, id: string): Promise<void> {
  const ended = ID.test(id) ? await endThose(prisma, { id: BigInt(id) }) : 0
  if (ended > 0) return
  throw new OperatorError(
    'No open session has that number',
    '`whence session list` shows the sessions.',
  )
}

/** Ends every session. @returns how many were open. */
export async function endAllSessions(prisma: PrismaClient): Promise<number> {
  return endThose(prisma, {})
}

async function endThose(prisma: PrismaClient, which: { id?: bigint }): Promise<number> {
  const { count } = await prisma.session.updateMany({
    where: { ...which, ...stillOpen() },
    data: { endedAt: new Date() },
  })
  return count
}

/** {@link OPEN} for Prisma. */
function stillOpen() {
  const now = Date.now()
  return {
    endedAt: null,
    expiresAt: { gt: new Date(now) },
    lastSeenAt: { gt: new Date(now - IDLE_HOURS * HOUR) },
  }
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
