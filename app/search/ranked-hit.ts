/** A hit before anything is read of it. */
export interface RankedHit {
  /** Null of a repository. */
  pullRequestId: string | null
  repositoryId: string
  score: number
  /** The best first. */
  passageIds: string[]
}
