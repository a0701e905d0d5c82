import type { ScopedReader } from '#app/auth/readers.server.ts'
import type { Colours } from '#app/code/colours/open-colours.ts'
import type { CodeSearch } from '#app/code/search/open-code-search.ts'
import type { Config } from '#app/config/env.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Health } from '#app/health/health.server.ts'
import type { Search } from '#app/search/present/answer.ts'
import type { Why } from '#app/why/explain-lines.ts'
import type { ReadMargin } from '#app/why/read-margin.ts'
import type { Decisions } from './decisions.ts'

/** Who asks. */
interface Viewer {
  /** Null for the operator, and for programs. */
  person: { id: string; login: string } | null
  /** Null without a session, which can be ended. */
  sessionId: string | null
  /** True for a request with a token. */
  isProgram: boolean
}

/**
 * Everything that a route gets from its process; `server/` creates it for each request.
 *
 * The bundle of the routes has its own copy of every module, so state that both sides need (pools, queues,
 * checks) is passed here and never imported, and `instanceof` across the two is false.
 */
export interface LoadContext {
  config: Config
  logger: Logger
  health: Health
  search: Search
  searchCode: CodeSearch
  why: Why
  margin: ReadMargin
  colour: Colours['colour']
  /** Reads within the scope of this request's viewer. */
  reader: ScopedReader
  /** Makes changes within the scope of the viewer. */
  decisions: Decisions
  viewer: Viewer
  /** Nonce of this response's Content-Security-Policy. */
  nonce: string
}

declare module '@remix-run/server-runtime' {
  interface AppLoadContext extends LoadContext {}
}
