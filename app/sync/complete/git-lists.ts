/** Changed files that git lists, in place of GitHub's lists: they cost no points, and tell renames. */
import type { ListedChange } from '#app/code/git/list-changes.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted, notErasing } from '#app/database/predicates.ts'
import { upsert } from '#app/database/upsert.ts'
import { changedFiles } from '../tables/changed-files.ts'
import type { ListState } from './completeness.ts'

/** With more, git would be busy for long with a single pull request, which anybody can open. */
const MOST_COMPARED = 10_000

export interface UnlistedPull {
  id: string
  base: string
  head: string
  /** GitHub's count. */
  changedFiles: number
}

/** Returns the next pull requests of a repository whose changes git has not listed, by id. */
export async function readUnlisted(
  db: Queryable,
  repositoryId: string,
  { after, limit }: { after: string; limit: number },
): Promise<UnlistedPull[]> {
  const { rows } = await db.query<UnlistedPull>(
    `select p.id, p.base_ref_oid as base, p.head_ref_oid as head, p.changed_files
     from pull_request p join repository r on r.id = p.repository_id
     where p.repository_id = $1 and p.id > $2 and p.changed_files <= $3
       and ${notDeleted('p')} and ${notErasing('r')}
       and coalesce(not p.completeness -> 'files' @> jsonb_build_object('source', 'git',
         'head', p.head_ref_oid, 'total', p.changed_files), true)
     order by p.id limit $4`,
    [repositoryId, after, MOST_COMPARED, limit],
  )
  return rows
}

interface HeldPull {
  repositoryId: string
  readAt: Date
  files: ListState | null
}

/**
 * Replaces the list of a pull request, unless it has another head by now. A complete list of GitHub stays where
 * git finds another number of files than GitHub counts.
 */
export async function storeGitList(
  tx: Queryable,
  pull: UnlistedPull,
  { files, total }: ListedChange,
): Promise<void> {
  const { rows } = await tx.query<HeldPull>(
    `select p.repository_id, p.read_at, p.completeness -> 'files' as files
     from pull_request p join repository r on r.id = p.repository_id
     where p.id = $1 and p.head_ref_oid = $2 and p.changed_files = $3
       and ${notDeleted('p')} and ${notErasing('r')} for no key update of p`,
    [pull.id, pull.head, pull.changedFiles],
  )
  const [held] = rows
  if (!held) return
  const isListed = held.files?.state === 'complete' && held.files.head === pull.head
  if (isListed && total !== pull.changedFiles) return
  await tx.query('delete from pull_request_file where pull_request_id = $1', [pull.id])
  // As if the snapshot that read this head had read them: a later one replaces them.
  const origin = { repositoryId: held.repositoryId, readAt: held.readAt.toISOString() }
  await upsert(
    tx,
    changedFiles,
    files.map((file, place) => ({ ...file, ...origin, pullRequestId: pull.id, place })),
  )
  await tx.query(
    `update pull_request set completeness = completeness || jsonb_build_object('files', $2::jsonb)
     where id = $1`,
    [pull.id, JSON.stringify(stateOf(pull, { stored: files.length, total }))],
  )
}

function stateOf(
  { head, changedFiles: counted }: UnlistedPull,
  { stored, total }: { stored: number; total: number },
): ListState {
  const state = { total: counted, stored, source: 'git', head } as const
  if (stored >= counted) return { ...state, state: 'complete' }
  const reason =
    stored < total
      ? `${stored} of ${total} changed files: Whence stores no more`
      : `git lists ${total} changed files, and GitHub counts ${counted}`
  return { ...state, state: 'incomplete', settled: true, reason }
}
