import type { AppCreation } from '#test/github/app-creation.ts'
import type { AppKey } from '#test/github/credentials/app-key.ts'
import type { Tokens } from '#test/github/credentials/tokens.ts'
import type { AnswerCount } from '#test/github/faults/answer-count.ts'
import type { FaultScript } from '#test/github/faults/fault-script.ts'
import type { Hook } from '#test/github/hooks/hook.ts'
import type { Tally } from '#test/github/limits/counters.ts'
import type { Limiter } from '#test/github/limits/limits.ts'
import type { People } from '#test/github/sign-in/people.ts'
import type { UserSignIn } from '#test/github/sign-in/user-sign-in.ts'
import type { Actor, Installation } from '#test/github/world/model.ts'
import type { World } from '#test/github/world/world.ts'

/** The state of one running stand-in. */
export type StandInState = {
  world: World
  app: AppKey & {
    /** Null for an App of one account, or of an enterprise. */
    owner: Actor | null
    /** What it asks for; an installation may have granted less. */
    permissions: Installation['permissions']
    /** What it subscribes to. */
    events: string[]
  }
  tokens: Tokens
  faults: FaultScript
  limiter: Limiter
  tally: Tally
  hook: Hook
  creation: AppCreation
  people: People
  signIn: UserSignIn
  /** Counts answers for the fault `held-answer`. */
  answers: AnswerCount
  /** Number of calls with each token of an installation, for the fault `fresh-token`. */
  callsByToken: Map<string, number>
  /** Start of every `url` and `html_url`, where web pages would be. */
  webUrl: string
}
