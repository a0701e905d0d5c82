import type { Logger } from './logger.server.ts'

const REPEAT_MS = 30_000

export interface OutageLog {
  /** Warns at the first error, then at most every 30 seconds, in one line without a stack trace. */
  away(error: Error): void
  back(): void
}

/**
 * Logs an outage of a service and its end. A client library reports every failed attempt of every connection,
 * which would be a thousand lines a minute.
 */
export function logOutage(logger: Logger, service: string, hint: string): OutageLog {
  let since: number | null = null
  let loggedAt = 0
  return {
    away(error) {
      const now = Date.now()
      since ??= now
      if (now - loggedAt < REPEAT_MS) return
      loggedAt = now
      const reason = error.message || (error as NodeJS.ErrnoException).code
      logger.warn({ reason, awaySince: new Date(since) }, `${service} does not answer: ${hint}`)
    },
    back() {
      if (since === null) return
      logger.info({ awayMs: Date.now() - since }, `${service} answers again`)
      since = null
      loggedAt = 0
    },
  }
}
