/** What the work items of each place carry. */
import type { NestedType } from '#app/github/queries/nested.ts'
import type { FlushPayload, ReadPayload } from './unread.ts'

/** `github_repositories/extraction` */
export type RepositoryPayload =
  /** A page of what the installation grants: its address (null for the first), how many the pages before
   * it had, and what GitHub said was their total. */
  | { kind: 'granted'; page: string | null; seen: number; total: number | null }
  /** A page of an account's repositories; the login. */
  | { kind: 'account'; login: string; page: string | null }
  /** One repository, `owner/name`. */
  | { kind: 'named'; name: string }
  | Extract<ReadPayload, { kind: 'read repository' }>
  | FlushPayload

/** How wide the next page is, and what was learnt on the way: `page-width.ts`. */
export interface PageWidth {
  width: number
  /** The widest that has not met RESOURCE_LIMITS_EXCEEDED. */
  ceiling: number
  /** The widest that came through since. */
  good: number
  /** Pages in a row that came at once. */
  clean: number
}

/** `github_prs_commits_reviews_comments/extraction` */
export type PullRequestPayload =
  | {
      kind: 'page'
      chain: 'top' | 'down' | 'tail'
      readingId: string
      repositoryId: string
      /** The repository's node id. */
      id: string
      name: string
      cursor: string | null
      /** Whether the chain began at the newest: its end then knows of all there are. */
      whole: boolean
      /** Pull requests updated before it are not read; ISO 8601. */
      since: string
      /** How many more are wanted, or null for all. */
      left: number | null
      /** Null where none is known yet: the repository's is taken. */
      width: PageWidth | null
    }
  | {
      kind: 'nested'
      snapshotId: string
      type: NestedType
      /** The pull request's node id. */
      id: string
      cursor: string
      offset: number
    }
  | {
      kind: 'thread'
      snapshotId: string
      /** The thread's node id. */
      id: string
      cursor: string
    }
  | Exclude<ReadPayload, { kind: 'read repository' }>
  | FlushPayload

/** `github_repositories/embedding` and `github_prs_commits_reviews_comments/embedding` */
export type EmbeddingPayload =
  | { kind: 'repository'; repositoryId: string }
  | { kind: 'pull_request'; snapshotId: string; pullRequestId: string }
