import type { ExportName } from '#app/api/asked-export.ts'

export interface ExportList {
  /** Each field and the expression that gives it, in the order of the columns. */
  fields: Record<string, string>
  /** What joins `pull_request pr` and `repository r`; `t` is the thing itself. */
  from: string
  /** Orders the things of one pull request, and is unique there. */
  key: string
}

const LOGIN = (id: string) => `(select u.login from github_user u where u.node_id = ${id})`
const PLACE = { repository: 'r.full_name', pullRequest: 'pr.number' }
const SAID = {
  ...PLACE,
  id: 't.node_id',
  author: LOGIN('t.author_id'),
  authorAssociation: 't.author_association',
  body: 't.body',
  url: 't.url',
  createdAt: 't.created_at',
  updatedAt: 't.updated_at',
}

export const LISTS: Record<ExportName, ExportList> = {
  pulls: {
    fields: {
      repository: 'r.full_name',
      number: 'pr.number',
      id: 'pr.node_id',
      title: 'pr.title',
      body: 'pr.body',
      url: 'pr.url',
      state: 'pr.state',
      isDraft: 'pr.is_draft',
      author: LOGIN('pr.author_id'),
      authorAssociation: 'pr.author_association',
      createdAt: 'pr.created_at',
      updatedAt: 'pr.updated_at',
      closedAt: 'pr.closed_at',
      mergedAt: 'pr.merged_at',
      mergedBy: LOGIN('pr.merged_by_id'),
      mergeCommit: 'pr.merge_commit',
      baseRefName: 'pr.base_ref_name',
      headRefName: 'pr.head_ref_name',
      headRefOid: 'pr.head_ref_oid',
      additions: 'pr.additions',
      deletions: 'pr.deletions',
      changedFiles: 'pr.changed_files',
      labels: 'pr.labels',
      assignees: `array(select u.login from unnest(pr.assignee_ids) with ordinality a (id, position)
        join github_user u on u.node_id = a.id order by a.position)`,
      milestone: 'pr.milestone',
      reviewDecision: 'pr.review_decision',
      isComplete: 'pr.is_complete',
    },
    from: '',
    key: 'pr.node_id',
  },
  comments: {
    fields: SAID,
    from: 'join comment t on t.pull_request_id = pr.id',
    key: 't.node_id',
  },
  reviews: {
    fields: { ...SAID, state: 't.state', submittedAt: 't.submitted_at', commit: 't.commit_oid' },
    from: 'join review t on t.pull_request_id = pr.id',
    key: 't.node_id',
  },
  'review-comments': {
    fields: {
      ...SAID,
      thread: 't.thread_id',
      review: 't.review_id',
      replyTo: 't.reply_to_id',
      path: 't.path',
      line: 'h.line',
      isResolved: 'h.is_resolved',
      isOutdated: 'h.is_outdated',
      diffHunk: 't.diff_hunk',
    },
    from: `join review_comment t on t.pull_request_id = pr.id
      left join review_thread h on h.node_id = t.thread_id`,
    key: 't.node_id',
  },
  commits: {
    fields: {
      ...PLACE,
      position: 'l.position',
      oid: 't.oid',
      message: 't.message',
      url: 't.url',
      authorName: 't.author_name',
      author: LOGIN('t.author_id'),
      authoredDate: 't.authored_at',
      committedDate: 't.committed_at',
      additions: 't.additions',
      deletions: 't.deletions',
      changedFiles: 't.changed_files',
    },
    from: `join pull_request_commit l on l.pull_request_id = pr.id
      join commit t on t.repository_id = pr.repository_id and t.oid = l.oid`,
    key: 't.oid',
  },
}
