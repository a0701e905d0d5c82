import type { ReadablePullRequestId, ReadableRepositoryId } from '#app/auth/readable.ts'

/** Maximum number of passages shown per hit. */
export const SHOWN_PASSAGES = 3

/** An item by its key; a higher score is better. */
export interface Scored {
  key: string
  score: number
}

/** A hit before its content is read. */
export interface RankedHit {
  /** The pull request's id, or a key for the repository. */
  key: string
  /** Null for a repository. */
  pullRequestId: ReadablePullRequestId | null
  repositoryId: ReadableRepositoryId
  score: number
  /** The best first; from each arm, no more than are shown. */
  passageIds: string[]
}
