import type { Actor } from '#app/audit/record-entry.ts'
import type { Scope } from '#app/auth/scope.ts'

/** Who was admitted, for the audit log, and what they may do. */
export interface Admitted {
  scope: Scope
  actor: Actor
  /** The session of the browser; null if it needs none, and for programs. */
  sessionId: string | null
  /** The person who signed in with GitHub; null for the operator, and for programs. */
  person: { id: string; login: string } | null
  /** The token of a program; null for a browser. */
  tokenId: string | null
  /** When the token ends, in ISO 8601, if that is soon. */
  tokenEndsSoon: string | null
  /** Returns true if the session or the token is still valid; long answers ask again and again. */
  isStillIn(): Promise<boolean>
}
