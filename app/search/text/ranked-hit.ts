import type { ReadablePullRequestId, ReadableRepositoryId } from '#app/auth/readable.ts'

/** Passages that a hit shows. */
export const SHOWN = 3

/** Something found, by its key; the higher the score, the better. */
export interface Scored {
  key: string
  score: number
}

/** A hit before anything is read of it. */
export interface RankedHit {
  /** The pull request's id, or what stands for the repository. */
  key: string
  /** Null of a repository. */
  pullRequestId: ReadablePullRequestId | null
  repositoryId: ReadableRepositoryId
  score: number
  /** The best first; of each arm no more than are shown. */
  passageIds: string[]
}
