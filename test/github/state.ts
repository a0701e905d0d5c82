import type { AppKey } from './credentials/app-key.ts'
import type { Tokens } from './credentials/tokens.ts'
import type { FaultScript } from './faults/fault-script.ts'
import type { Tally } from './limits/counters.ts'
import type { Limiter } from './limits/limits.ts'
import type { World } from './world/world.ts'

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
