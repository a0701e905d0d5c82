import type { Queryable } from '#app/database/pool.server.ts'
import type { Content } from '#test/github/rows.ts'

const SAID = `n.node_id as id, p.node_id as "pullRequestId", u.login as author,
  n.author_association as "authorAssociation", n.body,
  n.is_minimized as "isMinimized", n.minimized_reason as "minimizedReason", n.created_at as "createdAt",
  n.updated_at as "updatedAt"`
const LIVE = `join pull_request p on p.id = n.pull_request_id and p.deleted_at is null
  join repository r on r.id = p.repository_id and r.hidden_at is null and r.installation_id = $1`
const BY = 'left join github_user u on u.node_id = n.author_id'

const QUERIES: Record<keyof Content, string> = {
  repositories: `select node_id as id, database_id::float8 as "databaseId", name, full_name as "fullName",
      description, url, visibility, is_archived as "isArchived", is_fork as "isFork",
      default_branch as "defaultBranch", language, topics, created_at as "createdAt",
      updated_at as "updatedAt", pushed_at as "pushedAt"
    from repository r where installation_id = $1 and hidden_at is null order by node_id`,
  pullRequests: `select p.node_id as id, r.node_id as "repositoryId", p.number, p.title, p.body, p.url,
      p.state, p.is_draft as "isDraft", u.login as author, p.author_association as "authorAssociation",
      p.created_at as "createdAt", p.updated_at as "updatedAt", p.closed_at as "closedAt",
      p.merged_at as "mergedAt", m.login as "mergedBy", p.merge_commit as "mergeCommit",
      p.base_ref_name as "baseRefName", p.base_ref_oid as "baseRefOid",
      p.head_ref_name as "headRefName", p.head_ref_oid as "headRefOid",
      p.head_repository as "headRepository", p.additions, p.deletions,
      p.changed_files as "changedFiles", p.labels, p.milestone,
      array(select a.login from unnest(p.assignee_ids) i (id) join github_user a on a.node_id = i.id)
        as assignees,
      array(select concat(i ->> 'repository', '#', i ->> 'number', ' ', i ->> 'title')
        from jsonb_array_elements(p.closing_issues) i) as "closingIssues",
      p.review_decision as "reviewDecision", p.rollup_state as "rollupState",
      array(select c.oid from pull_request_commit c where c.pull_request_id = p.id
        order by c.position) as commits,
      array(select concat(f.path, ' +', f.additions, ' −', f.deletions, ' ', f.change_type)
        from pull_request_file f where f.pull_request_id = p.id order by f.place) as files
    from pull_request p
      join repository r on r.id = p.repository_id and r.hidden_at is null and r.installation_id = $1
      left join github_user u on u.node_id = p.author_id
      left join github_user m on m.node_id = p.merged_by_id
    where p.deleted_at is null order by p.node_id`,
  commits: `select r.node_id as "repositoryId", n.oid, n.message, n.author_name as "authorName",
      n.author_email_hash as "authorEmail", u.login as author, n.authored_at as "authoredDate",
      n.committer_name as "committerName", n.committer_email_hash as "committerEmail",
      c.login as committer, n.committed_at as "committedDate", n.additions, n.deletions,
      n.changed_files as "changedFiles"
    from commit n join repository r on r.id = n.repository_id and r.hidden_at is null
        and r.installation_id = $1
      ${BY} left join github_user c on c.node_id = n.committer_id
    order by r.node_id, n.oid`,
  reviews: `select ${SAID}, n.state, n.submitted_at as "submittedAt", n.commit_oid as commit
    from review n ${LIVE} ${BY} order by n.node_id`,
  reviewThreads: `select n.node_id as id, p.node_id as "pullRequestId", n.path, n.line,
      n.diff_side as "diffSide", n.is_resolved as "isResolved", u.login as "resolvedBy",
      n.is_outdated as "isOutdated"
    from review_thread n ${LIVE} left join github_user u on u.node_id = n.resolved_by_id
    order by n.node_id`,
  reviewComments: `select ${SAID}, n.thread_id as "threadId", n.review_id as "reviewId",
      n.diff_hunk as "diffHunk", n.reply_to_id as "replyTo"
    from review_comment n ${LIVE} ${BY} order by n.node_id`,
  comments: `select ${SAID} from comment n ${LIVE} ${BY} order by n.node_id`,
}

/** Reads the live rows of an installation for `compareContent` (except `commits.parents`). */
export async function storedContent(db: Queryable, installationId: string): Promise<Content> {
  const kinds = Object.keys(QUERIES) as (keyof Content)[]
  const content: Partial<Record<keyof Content, unknown[]>> = {}
  for (const kind of kinds) content[kind] = (await db.query(QUERIES[kind], [installationId])).rows
  return content as Content
}

export interface StoredPassage {
  repository: string
  pullRequest: string | null
  kind: string
  sourceId: string
  part: number
  text: string
  tokens: number
  authorId: string | null
  path: string | null
  line: number | null
  url: string
  createdAt: Date
  readAt: Date
}

/** Reads all passages in a form that can be compared between two states of the tables. */
export async function storedPassages(db: Queryable): Promise<StoredPassage[]> {
  const { rows } = await db.query<StoredPassage>(
    `select r.node_id as repository, pr.node_id as "pullRequest", p.kind, p.source_id, p.part, p.text,
       p.tokens, p.author_id, p.path, p.line, p.url, p.created_at, p.read_at
     from passage p join repository r on r.id = p.repository_id
       left join pull_request pr on pr.id = p.pull_request_id
     order by r.node_id, pr.node_id, p.kind, p.source_id, p.part`,
  )
  return rows
}
