import type { ScopedReader } from '#app/auth/readers.server.ts'
import type { Config } from '#app/config/env.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Health } from '#app/health/health.server.ts'
import type { Search } from '#app/search/present/answer.ts'
import type { Decisions } from './decisions.ts'

/**
 * All that a route has of the process it runs in; `server/` makes it for each request.
 *
 * The bundle of the routes holds a second copy of every module, so state that both sides need (pools,
 * queues, checks) is handed over here and never imported, and `instanceof` across the two is false.
 */
export interface LoadContext {
  config: Config
  logger: Logger
  health: Health
  search: Search
  /** Reads what the viewer of this request may read. */
  reader: ScopedReader
  /** Does what the viewer may decide. */
  decisions: Decisions
  /** Of this response's Content-Security-Policy. */
  nonce: string
}

declare module '@remix-run/server-runtime' {
  interface AppLoadContext extends LoadContext {}
}
