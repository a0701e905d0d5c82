import type { Logger } from './logger.server.ts'

const REPEAT_MS = 30_000

export interface OutageLog {
  /** Warns at the first sign, and then at most every half minute, in one line without a stack. */
  away(error: Error): void
  back(): void
}

/**
 * Tells once that a service went away and once that it is back. A client library reports every attempt
 * of every connection to reach it, which would be a thousand lines a minute.
 */
export function logOutage(logger: Logger, service: string, mend: string): OutageLog {
  let since: number | null = null
  let told = 0
  return {
    away(error) {
      const now = Date.now()
      since ??= now
      if (now - told < REPEAT_MS) return
      told = now
      const reason = error.message || (error as NodeJS.ErrnoException).code
      logger.warn({ reason, awaySince: new Date(since) }, `${service} does not answer: ${mend}`)
    },
    back() {
      if (since === null) return
      logger.info({ awayMs: Date.now() - since }, `${service} answers again`)
      since = null
      told = 0
    },
  }
}
