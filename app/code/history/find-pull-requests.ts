import type { ReadablePullRequestId, ReadableRepositoryId } from '#app/auth/readable.ts'
import { type Scope, visible } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'

/**
 * What says that a pull request brought a commit, the best first.
 *
 * `ancestry`: its head came to the branch by the same merge. `patch_id`: it makes the same change, as a whole or by
 * one of its commits. `merge_commit`: GitHub says so, but often gives the head in its place. `commits`: GitHub
 * lists the commit, and the default branch does not have it. `message`: the message names its number.
 */
export const EVIDENCE = ['ancestry', 'patch_id', 'merge_commit', 'commits', 'message'] as const
type Evidence = (typeof EVIDENCE)[number]

/** A pull request that may have brought a commit. */
interface OriginPull {
  id: ReadablePullRequestId
  number: number
  title: string
  url: string
  state: 'OPEN' | 'CLOSED' | 'MERGED'
  /** The commit of its head. */
  headOid: string
  /** The best first. */
  evidence: Evidence[]
  /** Its commit that makes this change, where that is known: the commit asked for, or another one after a rebase. */
  commitOid: string | null
}

export interface Origin {
  oid: string
  /** The commit on the chain of first parents that brought it to the default branch; null if none did. */
  mergeOid: string | null
  /** Null until the history of the branch was read. */
  publishedAt: Date | null
  /** The first is the one; others have something that speaks for them. Empty if it was pushed directly. */
  pullRequests: OriginPull[]
}

const MOST_PULLS = 10

/** Pull requests with the place of each piece of evidence, from 1, for what `asked` and `brought` have. */
const FOUND = `select b.brought_by, q.number, 1 as evidence, null as commit_oid, b.committed_at
       from brought b join branch_commit c on c.history_id = b.history_id and c.merge_oid = b.brought_by
         join pull_request_ref q on q.repository_id = b.repository_id and q.oid = c.oid
       union all
       select b.brought_by, q.number, 2, case when not q.is_whole then q.oid end, b.committed_at
       from brought b join pull_request_patch q
         on q.repository_id = b.repository_id and q.patch_id = b.patch_id
       union all
       select b.brought_by, p.number, 3, null, b.committed_at
       from brought b join pull_request p
         on p.repository_id = b.repository_id and p.merge_commit = b.brought_by
       union all
       select a.oid, p.number, 4, a.oid, null
       from asked a join pull_request_commit l on l.oid = a.oid
         join pull_request p on p.id = l.pull_request_id and p.repository_id = a.repository_id
       where a.merge_oid is null
       union all
       select b.brought_by, unnest(b.numbers), 5, null, b.committed_at from brought b`

type Row = Omit<Origin, 'pullRequests'> & {
  pullRequests: (Omit<OriginPull, 'evidence'> & { evidence: number[] })[] | null
}

/** Returns where commits of a repository came from, in the given order; none if it is out of scope. */
export async function findPullRequests(
  db: Queryable,
  scope: Scope,
  { repositoryId, oids }: { repositoryId: ReadableRepositoryId; oids: string[] },
): Promise<Origin[]> {
  const { values, bind } = parametersOf([repositoryId, oids, MOST_PULLS])
  const { rows } = await db.query<Row>(
    `with asked as materialized (
       select a.oid, a.place, r.id as repository_id, h.id as history_id, h.published_at, c.merge_oid,
         coalesce(c.merge_oid, a.oid) as brought_by
       from repository r cross join unnest($2::text[]) with ordinality a (oid, place)
         left join branch_history h on h.repository_id = r.id and h.is_current
         left join branch_commit c on c.history_id = h.id and c.oid = a.oid and c.position <= h.length
       where r.id = $1 and ${visible(scope, 'r')(bind)}
     ), brought as materialized (
       select distinct a.repository_id, a.history_id, a.brought_by, m.committed_at, m.numbers, m.patch_id
       from asked a left join branch_commit m on m.history_id = a.history_id and m.oid = a.merge_oid
     ), found as materialized (
       ${FOUND}
     ), ranked as materialized (
       select f.brought_by, p.id, array_agg(distinct f.evidence) as evidence,
         min(f.commit_oid) as commit_oid,
         row_number() over (partition by f.brought_by order by ${bestFirst('p', 'f')}) as place
       from found f join pull_request p on p.repository_id = $1 and p.number = f.number
         and ${notDeleted('p')} and ${mayHaveBrought('p', 'f')}
       group by f.brought_by, p.id
     ), best as materialized (
       select b.brought_by, jsonb_agg(jsonb_build_object('id', p.id::text, 'number', p.number,
         'title', p.title, 'url', p.url, 'state', p.state, 'headOid', p.head_ref_oid,
         'evidence', b.evidence, 'commitOid', b.commit_oid) order by b.place) as pull_requests
       from ranked b join pull_request p on p.id = b.id where b.place <= $3 group by b.brought_by
     )
     select a.oid, a.merge_oid, a.published_at, best.pull_requests
     from asked a left join best on best.brought_by = a.brought_by order by a.place`,
    values,
  )
  return rows.map(({ pullRequests, ...origin }) => ({
    ...origin,
    pullRequests: (pullRequests ?? []).map((pull) => {
      const evidence = pull.evidence.flatMap((place) => EVIDENCE[place - 1] ?? [])
      const isOwn = evidence.includes('ancestry')
      return { ...pull, evidence, commitOid: isOwn ? origin.oid : pull.commitOid }
    }),
  }))
}

/**
 * A head on the branch says something of a merged pull request only, and one that was opened later, for example to
 * bring the same change to another branch, did not bring the commit. Clocks differ.
 */
function mayHaveBrought(pull: string, found: string): string {
  return `case ${found}.evidence when 1 then ${pull}.state = 'MERGED'
    else ${found}.committed_at is null or ${pull}.created_at < ${found}.committed_at + interval '1 hour' end`
}

/** Of several with the same evidence, as where a merge brought several heads, its own word decides. */
function bestFirst(pull: string, found: string): string {
  return `${pull}.state = 'MERGED' desc, min(${found}.evidence), bool_or(${found}.evidence = 3) desc,
    bool_or(${found}.evidence = 5) desc, ${pull}.number`
}
