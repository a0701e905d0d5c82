/** Sync status of an installation: the facts that its card shows beside its jobs. */

import { operated, type Scope, seesNames, visible } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isCopied, isScheduled, notDeleted } from '#app/database/predicates.ts'
import { consents } from '#app/embeddings/consent.ts'
import { SWITCHED_OFF, UNAPPROVED } from '#app/github/app-errors.ts'
import { type Budget, readBudgets } from '#app/github/budgets.ts'
import {
  findInvalid,
  type InvalidSetting,
  type StoredSchedule,
} from '../settings/settings-shape.ts'

const NAMED = 10

export interface SyncStatus {
  installationId: string
  account: string
  active: boolean
  /** Why an operator, not GitHub, keeps it inactive. */
  offBy: 'unapproved' | 'switched off' | null
  missingPermissions: string[]
  /** Where missing rights are added and accepted; null for a token. */
  rightsPages: { app: string; installation: string; notAsked: string[] } | null
  /** The host of the outside embedding provider, if its texts may not be sent there. */
  withheldFrom: string | null
  /** Lists of pull requests that GitHub refused within the last day, with its reason. */
  withheldLists: string[]
  /** Stored settings and schedules that are not valid: no sync starts until they are corrected. */
  invalidSettings: InvalidSetting[]
  /** True while a person keeps its schedules from starting syncs; there are no next runs then. */
  schedulesPaused: boolean
  nextRuns: { mode: 'incremental' | 'full'; at: string | null }[]
  budgets: SyncStatusBudget[]
  /**
   * Repositories of which only the newest pull requests are read: the number of them, and the first by name.
   */
  limited: { all: number; first: { repository: string; stored: number; github: number }[] }
  gaps: { all: number; first: { name: string; reason: string; nextTryAt: string }[] }
}

export interface SyncStatusBudget {
  resource: Budget['resource']
  limit: number | null
  remaining: number | null
  resetAt: string | null
  pausedUntil: string | null
  reason: string | null
  detail: string | null
}

interface InstallationRow {
  id: string
  account: string
  active: boolean
  missing: unknown
  inactiveReason: string | null
  pages: SyncStatus['rightsPages']
  consents: boolean
  isScheduled: boolean
  withheld: string[]
  settings: unknown
  schedules: StoredSchedule[] | null
}

/** @param outside the host of the embedding provider, if that is beyond the own network. */
export async function readSyncStatuses(
  db: Queryable,
  scope: Scope,
  outside: string | null = null,
): Promise<SyncStatus[]> {
  const { values, bind } = parametersOf()
  const { rows } = await db.query<InstallationRow>(
    `select id, account, active, inactive_reason, settings -> 'missing_permissions' as missing,
       settings -> 'pages' as pages,
       coalesce(${consents('installation')}, false) as consents,
       ${isScheduled('installation')} as is_scheduled,
       array(select list || ' (' || (refusal ->> 'reason') || ')'
         from jsonb_each(settings -> 'withheld_lists') as refused (list, refusal)
         where (refusal ->> 'at')::timestamptz > now() - interval '1 day' order by list) as withheld,
       settings, (select json_agg(json_build_object('mode', mode, 'rule', rule) order by mode)
         from schedule where installation_id = installation.id) as schedules
     from installation
     where ${operated(scope, 'id')(bind)} and ${isCopied('installation')} order by account, id`,
    values,
  )
  const nextRuns = await readNextRuns(db, scope)
  const budgets = await readBudgets(db, scope)
  const limited = await readLimited(db, scope)
  const gaps = await readStatusGaps(db, scope)
  return rows.map(({ id, account, active, missing, withheld, settings, schedules, ...row }) => {
    const invalid = findInvalid(settings, schedules ?? [])
    const isValid = ({ mode }: { mode: string }) =>
      invalid.every(({ field }) => field !== `schedules.${mode}`)
    return {
      installationId: id,
      account,
      active,
      offBy: OFF_BY[row.inactiveReason ?? ''] ?? null,
      rightsPages: row.pages,
      missingPermissions: Array.isArray(missing) ? missing.map(String) : [],
      withheldFrom: row.consents ? null : outside,
      withheldLists: withheld,
      invalidSettings: invalid,
      schedulesPaused: active && !row.isScheduled,
      nextRuns: row.isScheduled ? (nextRuns.get(id) ?? []).filter(isValid) : [],
      budgets: budgets.filter((budget) => budget.installationId === id).map(describeBudget),
      limited: limited.get(id) ?? { all: 0, first: [] },
      gaps: gaps.get(id) ?? { all: 0, first: [] },
    }
  })
}

const OFF_BY: Record<string, SyncStatus['offBy']> = {
  [UNAPPROVED]: 'unapproved',
  [SWITCHED_OFF]: 'switched off',
}

function describeBudget({ installationId: _, resetAt, pausedUntil, ...budget }: Budget) {
  return {
    ...budget,
    resetAt: resetAt?.toISOString() ?? null,
    pausedUntil: pausedUntil?.toISOString() ?? null,
  }
}

async function readNextRuns(db: Queryable, scope: Scope) {
  const { values, bind } = parametersOf()
  const { rows } = await db.query<{ id: string; runs: SyncStatus['nextRuns'] }>(
    `select installation_id as id, json_agg(json_build_object('mode', mode,
       'at', to_char(next_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
       order by mode = 'full') as runs
     from schedule where ${operated(scope, 'installation_id')(bind)} group by installation_id`,
    values,
  )
  return new Map(rows.map(({ id, runs }) => [id, runs]))
}

async function readLimited(db: Queryable, scope: Scope) {
  const { values, bind } = parametersOf([NAMED])
  const { rows } = await db.query<{ id: string } & SyncStatus['limited']>(
    `with short as (
       select r.installation_id as id, r.full_name as repository, count.stored,
         r.pull_requests as github, row_number() over own as place
       from repository r cross join lateral (select count(*)::int as stored from pull_request p
         where p.repository_id = r.id and ${notDeleted('p')}) count
       where ${visible(scope, 'r')(bind)} and r.synced_from > to_timestamp(0)
         and count.stored < r.pull_requests
       window own as (partition by r.installation_id order by r.full_name))
     select id, count(*)::int as "all", json_agg(json_build_object('repository', repository,
       'stored', stored, 'github', github) order by place) filter (where place <= $1) as first
     from short group by id`,
    values,
  )
  return new Map(rows.map(({ id, ...limited }) => [id, limited]))
}

async function readStatusGaps(db: Queryable, scope: Scope) {
  const { values, bind } = parametersOf([NAMED])
  const { rows } = await db.query<{ id: string } & SyncStatus['gaps']>(
    `with every_gap as (
       select r.installation_id as id, g.name, g.reason, g.next_try_at
       from gap g join repository r on r.id = g.repository_id
       where ${visible(scope, 'r')(bind)}
       union all
       select u.installation_id, u.name, 'never read: ' || u.reason,
         coalesce((select min(s.next_at) from schedule s where s.installation_id = u.installation_id),
           u.seen_at)
       from unread_repository u
       where ${seesNames(scope, 'u.installation_id')(bind)}
         and not exists (select from repository r where r.node_id = u.node_id)
     ), named as (
       select *, row_number() over (partition by id order by name) as place from every_gap)
     select id, count(*)::int as "all", json_agg(json_build_object('name', name, 'reason', reason,
       'nextTryAt', to_char(next_try_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
       order by place) filter (where place <= $1) as first
     from named group by id`,
    values,
  )
  return new Map(rows.map(({ id, ...gaps }) => [id, gaps]))
}
