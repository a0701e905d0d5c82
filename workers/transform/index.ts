/** Transform: raw records → tables and passages. */
import type { Pool } from '#app/database/pool.server.ts'
import type { Handlers } from '../handlers.ts'
import { transformPullRequests } from './transform-pull-requests.ts'
import { transformRepositories } from './transform-repositories.ts'

export type TransformHandlers = Pick<
  Handlers,
  'github_repositories/transform' | 'github_prs_commits_reviews_comments/transform'
>

export function transformHandlers({ pool }: { pool: Pool }): TransformHandlers {
  return {
    'github_repositories/transform': (items) => transformRepositories(pool, items),
    'github_prs_commits_reviews_comments/transform': (items, { logger }) =>
      transformPullRequests(pool, items, logger),
  }
}
