import type { Logger } from '#app/config/logger.server.ts'

/**
 * A failure that passes without a change of what was asked: the database does not answer, has no room, waited for
 * a lock, or took too long.
 */
export type DatabaseFailure = 'away' | 'busy' | 'locked' | 'slow'

/** SQLSTATE classes, and the codes of Prisma, the system and its sockets. */
const CODES: [code: RegExp, failure: DatabaseFailure][] = [
  [/^(57014|25P03|25P04|P2028)$/, 'slow'],
  [/^(53...|P2024|P2037)$/, 'busy'],
  [/^(40...|55...|P2034)$/, 'locked'],
  [/^(08...|57...|P1001|P1002|P1008|P1017)$/, 'away'],
  [/^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|E(HOST|NET)(UNREACH|DOWN))$/, 'away'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'away'],
]

/** Messages of the driver and its pool, which have no code. */
const MESSAGES: [message: RegExp, failure: DatabaseFailure][] = [
  [/^timeout exceeded when trying to connect$/, 'busy'],
  [/^(Connection terminated|Client has encountered a connection error)/, 'away'],
  [/^(Client was closed|Query read timeout|timeout expired$)/, 'away'],
]

/**
 * Recognizes a failure by the code or the message; returns null for any other error. By name, not by class: the
 * bundle of the routes has its own copy of each class.
 */
export function databaseFailure(error: unknown): DatabaseFailure | null {
  if (!(error instanceof Error)) return null
  if (error.name === 'SlowQueryError') return 'slow'
  const codes = codesOf(error)
  for (const [pattern, failure] of CODES)
    if (codes.some((code) => pattern.test(code))) return failure
  const known = MESSAGES.find(([pattern]) => pattern.test(error.message))
  return known?.[1] ?? null
}

/** Prisma reports an error of the server in the cause of its driver's error, which it may wrap once more. */
function codesOf(error: Error): string[] {
  const { code, cause, meta } = error as Error & PrismaError
  const { cause: driver } = meta?.driverAdapterError ?? {}
  const codes: unknown[] = [driver?.originalCode, code]
  if (error.name === 'DriverAdapterError') codes.unshift((cause as DriverCause)?.originalCode)
  return codes.filter((one) => typeof one === 'string')
}

type DriverCause = { originalCode?: unknown } | undefined

interface PrismaError {
  code?: unknown
  meta?: { driverAdapterError?: { cause?: DriverCause } }
}

/** Logs an error whose next attempt is the retry; of a failure of the database that passes, in one line. */
export function warnOf(logger: Logger, error: unknown, message: string): void {
  const failure = databaseFailure(error)
  const fields = failure ? { failure, reason: (error as Error).message } : { err: error }
  logger.warn(fields, message)
}

/** Says what is wrong, in words that anybody may read: no host, no user, no statement. */
export const FAILURES: Record<DatabaseFailure, { message: string; hint: string }> = {
  away: { message: 'The database does not answer', hint: 'Try again once it does.' },
  busy: {
    message: 'The database has no free connection',
    hint: 'Try again in a few seconds.',
  },
  locked: {
    message: 'Another task locks what this needs in the database',
    hint: 'Try again in a few seconds.',
  },
  slow: {
    message: 'The database took too long to answer',
    hint: 'Ask for less, or try again in a few seconds.',
  },
}
