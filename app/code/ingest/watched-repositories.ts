/**
 * Repositories whose branches are looked up: those that the setting `code` of their installation may name, and those
 * in datasets that are indexed again after a push. They are looked up when they were pushed to, when what is wanted
 * of them has changed, and once a day, so that nothing is missed for good.
 */
import type { Queryable } from '#app/database/pool.server.ts'
import { isActiveInstallation, notErasing, notHidden } from '#app/database/predicates.ts'
import type { RepositoryOfTenant } from './open-sources.ts'

/** Repositories of one turn. */
const MOST = 500

export interface WatchedRepository extends RepositoryOfTenant {
  id: string
  account: string
  defaultBranch: string
  /** The setting `code` of the installation, as it is stored. */
  setting: unknown
  /** Branches in datasets that are indexed again after a push. */
  pushed: string[]
  /** What the next look is compared with. */
  seen: Seen
}

interface Seen {
  /** JSON. */
  wanted: string
  /** As text, because a Date has no microseconds; so is `at`, the time of this look. */
  pushedAt: string
  at: string
}

/** Returns repositories whose branches are to be looked up; those that were never looked up come last. */
export async function findUnseen(db: Queryable): Promise<WatchedRepository[]> {
  const { rows } = await db.query<Omit<WatchedRepository, 'seen'> & Seen>(
    `with watched as (
       select r.id, r.installation_id, i.account, r.full_name, r.default_branch, r.pushed_at,
         i.settings -> 'code' as setting,
         array(select distinct c.branch from code_ref c
           join dataset d on d.id = c.dataset_id and d.on_push
           where c.repository_id = r.id order by c.branch) as pushed
       from installation i join repository r on r.installation_id = i.id
       where ${isActiveInstallation('i')} and ${notHidden('r')} and ${notErasing('r')}
         and r.default_branch is not null and r.pushed_at is not null
         and (i.settings -> 'code' is not null or exists (select from code_ref c
           join dataset d on d.id = c.dataset_id and d.on_push where c.repository_id = r.id))
     )
     select v.id, v.installation_id, v.account, v.full_name, v.default_branch, v.setting, v.pushed,
       wanted.text as wanted, v.pushed_at::text as pushed_at, now()::text as at
     from watched v
       cross join lateral (select jsonb_build_array(v.default_branch, v.setting, v.pushed)::text)
         wanted (text)
       left join code_watch w on w.repository_id = v.id
     where w.repository_id is null or w.next_at <= clock_timestamp()
       or w.pushed_at is distinct from v.pushed_at or w.wanted <> wanted.text::jsonb
     order by w.repository_id is null, v.id limit $1`,
    [MOST],
  )
  return rows.map(({ wanted, pushedAt, at, ...row }) => ({
    ...row,
    seen: { wanted, pushedAt, at },
  }))
}

export interface Look {
  repository: Pick<WatchedRepository, 'id' | 'seen'>
  /** Seconds until the next one; null if only a push or a change of what is wanted asks for one. */
  nextInS: number | null
  /** Branches beside the default one that match the setting. */
  matching?: number
  /** Why the branches could not be looked up. */
  problem?: string
}

/** Notes that branches were looked up, all at one time. Whoever asked for another look meanwhile gets it. */
export async function noteLooks(db: Queryable, looks: Look[]): Promise<void> {
  await db.query(
    `insert into code_watch as w (repository_id, wanted, pushed_at, next_at, matching, problem)
     select l.id, l.wanted::jsonb, l.pushed_at,
       coalesce(clock_timestamp() + l.next_in * interval '1 second', 'infinity'), l.matching, l.problem
     from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::int[], $5::int[], $6::text[])
       l (id, wanted, pushed_at, next_in, matching, problem)
     where exists (select from repository r where r.id = l.id)
     on conflict (repository_id) do update
     set wanted = excluded.wanted, pushed_at = excluded.pushed_at, matching = excluded.matching,
       problem = excluded.problem,
       next_at = case when w.next_at between $7 and clock_timestamp() then w.next_at
         else excluded.next_at end`,
    [
      looks.map(({ repository }) => repository.id),
      looks.map(({ repository }) => repository.seen.wanted),
      looks.map(({ repository }) => repository.seen.pushedAt),
      looks.map(({ nextInS }) => nextInS),
      looks.map(({ matching }) => matching ?? 0),
      looks.map(({ problem }) => problem ?? null),
      looks[0]?.repository.seen.at ?? null,
    ],
  )
}

/** Has the branches of repositories looked up soon, since something was pushed to them. */
export async function lookAgain(tx: Queryable, repositoryIds: string[]): Promise<void> {
  if (repositoryIds.length === 0) return
  await tx.query(
    `update code_watch set next_at = clock_timestamp()
     where repository_id = any($1::bigint[])`,
    [repositoryIds],
  )
}
