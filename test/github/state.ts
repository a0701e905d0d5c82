import type { AppKey } from '#test/github/credentials/app-key.ts'
import type { Tokens } from '#test/github/credentials/tokens.ts'
import type { FaultScript } from '#test/github/faults/fault-script.ts'
import type { Tally } from '#test/github/limits/counters.ts'
import type { Limiter } from '#test/github/limits/limits.ts'
import type { World } from '#test/github/world/world.ts'

/** Everything that one running stand-in holds. */
export type StandInState = {
  world: World
  app: AppKey
  tokens: Tokens
  faults: FaultScript
  limiter: Limiter
  tally: Tally
  /** Where web pages would be: the start of every `url` and `html_url`. */
  webUrl: string
}
