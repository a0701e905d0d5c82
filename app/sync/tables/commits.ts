import { columnsOf, type RowOf } from '#app/database/columns.ts'
import { defineTable } from '#app/database/define-table.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { upsert } from '#app/database/upsert.ts'
import type { PullRequestCommitNode } from '#app/github/queries/conversation.ts'
import { type Nested, placed, type Unplaced } from './nested.ts'
import { hashEmail } from './people.ts'

export const commits = defineTable({
  name: 'commit',
  key: ['repositoryId', 'oid'],
  columns: {
    repositoryId: 'bigint',
    oid: 'text',
    message: 'text',
    url: 'text',
    authorName: 'text?',
    authorEmailHash: 'text?',
    authorId: 'text?',
    authoredAt: 'timestamptz',
    committerName: 'text?',
    committerEmailHash: 'text?',
    committerId: 'text?',
    committedAt: 'timestamptz',
    additions: 'int',
    deletions: 'int',
    changedFiles: 'int?',
    readAt: 'timestamptz',
  },
})

/** Relation of pull requests to their commits; several pull requests of a repository may share a commit. */
export const pullRequestCommits = defineTable({
  name: 'pull_request_commit',
  key: ['pullRequestId', 'oid'],
  columns: {
    pullRequestId: 'bigint',
    oid: 'text',
    /** Zero-based position in branch order. */
    position: 'int',
    readAt: 'timestamptz',
  },
  list: 'commits',
  passage: 'commit',
})

/** A commit and its position in a pull request. */
export type CommitRow = RowOf<typeof commits.columns> &
  Unplaced<RowOf<typeof pullRequestCommits.columns>>

export function rowOfCommit(
  { commit }: PullRequestCommitNode,
  position: number,
  origin: Nested,
): CommitRow {
  const { author, committer } = commit
  return {
    repositoryId: origin.repositoryId,
    pullRequest: origin.pullRequest,
    readAt: origin.readAt,
    oid: commit.oid,
    position,
    message: commit.message,
    url: commit.url,
    authorName: author?.name ?? null,
    authorEmailHash: hashOf(author?.email),
    authorId: author?.user?.id ?? null,
    authoredAt: commit.authoredDate,
    committerName: committer?.name ?? null,
    committerEmailHash: hashOf(committer?.email),
    committerId: committer?.user?.id ?? null,
    committedAt: commit.committedDate,
    additions: commit.additions,
    deletions: commit.deletions,
    changedFiles: commit.changedFilesIfAvailable ?? null,
  }
}

function hashOf(address: string | null | undefined): string | null {
  return typeof address === 'string' ? hashEmail(address) : null
}

/** Writes commits first and then their relation to pull requests; `deleteUnheld` relies on this order. */
export async function writeCommits(
  tx: Queryable,
  rows: CommitRow[],
  ids: Map<string, string>,
): Promise<void> {
  await upsert(tx, commits, rows)
  await upsert(tx, pullRequestCommits, placed(rows, ids))
}

/**
 * Deletes those of the given commits that no pull request of their repository contains any more. This takes
 * two statements: another batch may be adding or removing the last reference, and only a statement that
 * starts after the end of that batch sees its result.
 */
export async function deleteUnheld(
  tx: Queryable,
  dropped: { repositoryId: string; oid: string }[],
): Promise<void> {
  if (dropped.length === 0) return
  const keys = columnsOf(dropped, { repositoryId: 'bigint', oid: 'text' })
  await tx.query(
    `select from commit c where (c.repository_id, c.oid) in (select * from unnest($1::bigint[], $2::text[]))
     order by c.repository_id, c.oid for no key update`,
    keys,
  )
  await tx.query(
    `delete from commit c using (select distinct * from unnest($1::bigint[], $2::text[])) k (repository_id, oid)
     where c.repository_id = k.repository_id and c.oid = k.oid and not exists (
       select from pull_request_commit h join pull_request p on p.id = h.pull_request_id
       where h.oid = c.oid and p.repository_id = c.repository_id)`,
    keys,
  )
}
