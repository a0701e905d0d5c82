import { type Columns, columnsOf, latestOf, type Nested, placed } from '#app/database/columns.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { PullRequestCommitNode } from '#app/github/queries/conversation.ts'
import { hashEmail } from './people.ts'

/** A commit, and its place in a pull request: several of a repository may hold the same one. */
export interface CommitRow extends Nested {
  oid: string
  /** From 0, in the order of the branch. */
  position: number
  message: string
  url: string
  authorName: string | null
  authorEmailHash: string | null
  authorId: string | null
  authoredAt: string
  committerName: string | null
  committerEmailHash: string | null
  committerId: string | null
  committedAt: string
  additions: number
  deletions: number
  changedFiles: number | null
}

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

/** Writes commits, and then which pull requests hold them: that order keeps `deleteUnheld` right. */
export async function writeCommits(
  tx: Queryable,
  all: CommitRow[],
  ids: Map<string, string>,
): Promise<void> {
  if (all.length === 0) return
  const commits = latestOf(all, (row) => `${row.repositoryId} ${row.oid}`)
  await tx.query(
    `insert into commit (repository_id, oid, message, url, author_name, author_email_hash, author_id,
       authored_at, committer_name, committer_email_hash, committer_id, committed_at, additions,
       deletions, changed_files, read_at)
     select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
       $7::text[], $8::timestamptz[], $9::text[], $10::text[], $11::text[], $12::timestamptz[],
       $13::int[], $14::int[], $15::int[], $16::timestamptz[]) order by 1, 2
     on conflict (repository_id, oid) do update set message = excluded.message, url = excluded.url,
       author_name = excluded.author_name, author_email_hash = excluded.author_email_hash,
       author_id = excluded.author_id, authored_at = excluded.authored_at,
       committer_name = excluded.committer_name, committer_id = excluded.committer_id,
       committer_email_hash = excluded.committer_email_hash, committed_at = excluded.committed_at,
       additions = excluded.additions, deletions = excluded.deletions,
       changed_files = excluded.changed_files, read_at = excluded.read_at
     where commit.read_at <= excluded.read_at`,
    columnsOf(commits, COLUMNS),
  )
  const held = latestOf(placed(all, ids), (row) => `${row.pullRequestId} ${row.oid}`)
  await tx.query(
    `insert into pull_request_commit (pull_request_id, oid, position, read_at)
     select * from unnest($1::bigint[], $2::text[], $3::int[], $4::timestamptz[]) order by 1, 2
     on conflict (pull_request_id, oid) do update set position = excluded.position,
       read_at = excluded.read_at
     where pull_request_commit.read_at <= excluded.read_at`,
    columnsOf(held, {
      pullRequestId: 'bigint',
      oid: 'text',
      position: 'int',
      readAt: 'timestamptz',
    }),
  )
}

const COLUMNS = {
  repositoryId: 'bigint',
  oid: 'text',
  message: 'text',
  url: 'text',
  authorName: 'text',
  authorEmailHash: 'text',
  authorId: 'text',
  authoredAt: 'timestamptz',
  committerName: 'text',
  committerEmailHash: 'text',
  committerId: 'text',
  committedAt: 'timestamptz',
  additions: 'int',
  deletions: 'int',
  changedFiles: 'int',
  readAt: 'timestamptz',
} as const satisfies Columns<CommitRow>

/**
 * Deletes those of these commits that no pull request of their repository holds any more. Two
 * statements: another batch may be about to hold one, or to let the last but one go, and only after its
 * end does a new statement see what it did.
 */
export async function deleteUnheld(
  tx: Queryable,
  commits: { repositoryId: string; oid: string }[],
): Promise<void> {
  if (commits.length === 0) return
  const keys = columnsOf(commits, { repositoryId: 'bigint', oid: 'text' })
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
