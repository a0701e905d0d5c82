import { operated, type Scope } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'

/** The rate limit of an installation for one of GitHub's resources. */
export interface Budget {
  installationId: string
  resource: 'graphql' | 'core'
  /** Null if GitHub reports no limit (Enterprise Server may have none). */
  limit: number | null
  remaining: number | null
  resetAt: Date | null
  /** Null unless GitHub asked to pause until then. */
  pausedUntil: Date | null
  reason: string | null
  /** What GitHub answered. */
  detail: string | null
}

/** Returns the budgets as of the last answer; a budget whose reset has passed is full again. */
export async function readBudgets(db: Queryable, scope: Scope): Promise<Budget[]> {
  const { values, bind } = parametersOf()
  const { rows } = await db.query<Budget>(
    `select installation_id, resource, points as "limit",
       case when reset_at > clock_timestamp() then remaining else points end as remaining,
       case when reset_at > clock_timestamp() then reset_at end as reset_at,
       case when paused_until > clock_timestamp() then paused_until end as paused_until,
       case when paused_until > clock_timestamp() then pause_reason end as reason,
       case when paused_until > clock_timestamp() then pause_detail end as detail
     from github_budget
     where ${operated(scope, 'installation_id')(bind)}
     order by installation_id, resource desc`,
    values,
  )
  return rows
}
