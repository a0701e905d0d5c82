import type { ExportName } from '#app/api/export-request.ts'
import { snakeCase, type Table } from '#app/database/define-table.ts'
import { changedFiles } from '#app/sync/tables/changed-files.ts'
import { comments } from '#app/sync/tables/comments.ts'
import { commits } from '#app/sync/tables/commits.ts'
import { pullRequests } from '#app/sync/tables/pull-requests.ts'
import { reviewComments } from '#app/sync/tables/review-comments.ts'
import { reviews } from '#app/sync/tables/reviews.ts'

export interface ExportList {
  /** The SQL expression of each field, in column order. */
  fields: Record<string, string>
  /** Joins to `pull_request pr` and `repository r`; `t` is the exported row. */
  from: string
  /** Orders the rows of one pull request, and is unique among them. */
  key: string
}

const LOGIN = (id: string) => `(select u.login from github_user u where u.node_id = ${id})`
const LOGINS = (
  ids: string,
) => `array(select u.login from unnest(${ids}) with ordinality a (id, position)
  join github_user u on u.node_id = a.id order by a.position)`
const PLACE = { repository: 'r.full_name', pullRequest: 'pr.number' }

/** Fields that are exported under another name, or with another value, than they are stored. */
const EXPORTED: Record<string, { as: string; by?: (column: string) => string }> = {
  nodeId: { as: 'id' },
  authorId: { as: 'author', by: LOGIN },
  mergedById: { as: 'mergedBy', by: LOGIN },
  assigneeIds: { as: 'assignees', by: LOGINS },
  commitOid: { as: 'commit' },
  threadId: { as: 'thread' },
  reviewId: { as: 'review' },
  replyToId: { as: 'replyTo' },
  authoredAt: { as: 'authoredDate' },
  committedAt: { as: 'committedDate' },
}
/** Fields that are not exported: internal ones, and details for which flat lists have no room. */
const LEFT_OUT = new Set([
  ...['repositoryId', 'pullRequestId', 'readAt'],
  ...['baseRefOid', 'headRepository', 'closingIssues', 'rollupState'],
  ...['authorEmailHash', 'committerName', 'committerEmailHash', 'committerId'],
])

/** Returns the exported fields of a table. @param row the alias of the table. */
function fieldsOf({ columns }: Table, row: string): Record<string, string> {
  const fields = Object.keys(columns).filter((field) => !LEFT_OUT.has(field))
  return Object.fromEntries(
    fields.map((field) => {
      const { as = field, by = (column: string) => column } = EXPORTED[field] ?? {}
      return [as, by(`${row}.${snakeCase(field)}`)]
    }),
  )
}

const { diffHunk = '', ...REVIEW_COMMENT } = fieldsOf(reviewComments, 't')

export const EXPORT_LISTS: Record<ExportName, ExportList> = {
  pulls: {
    fields: {
      repository: 'r.full_name',
      ...fieldsOf(pullRequests, 'pr'),
      isComplete: 'pr.is_complete',
    },
    from: '',
    key: 'pr.node_id',
  },
  comments: {
    fields: { ...PLACE, ...fieldsOf(comments, 't') },
    from: 'join comment t on t.pull_request_id = pr.id',
    key: 't.node_id',
  },
  reviews: {
    fields: { ...PLACE, ...fieldsOf(reviews, 't') },
    from: 'join review t on t.pull_request_id = pr.id',
    key: 't.node_id',
  },
  'review-comments': {
    fields: {
      ...PLACE,
      ...REVIEW_COMMENT,
      line: 'h.line',
      isResolved: 'h.is_resolved',
      isOutdated: 'h.is_outdated',
      diffHunk,
    },
    from: `join review_comment t on t.pull_request_id = pr.id
      left join review_thread h on h.node_id = t.thread_id`,
    key: 't.node_id',
  },
  commits: {
    fields: { ...PLACE, position: 'l.position', ...fieldsOf(commits, 't') },
    from: `join pull_request_commit l on l.pull_request_id = pr.id
      join commit t on t.repository_id = pr.repository_id and t.oid = l.oid`,
    key: 't.oid',
  },
  checks: {
    fields: {
      ...PLACE,
      headRefOid: 'l.head_oid',
      name: "coalesce(t.value ->> 'name', t.value ->> 'context')",
      app: "t.value ->> 'app'",
      status: "t.value ->> 'status'",
      conclusion: "coalesce(t.value ->> 'conclusion', t.value ->> 'state')",
      description: "t.value ->> 'description'",
      url: "coalesce(t.value ->> 'detailsUrl', t.value ->> 'targetUrl')",
      startedAt: "coalesce(t.value ->> 'startedAt', t.value ->> 'createdAt')",
      completedAt: "t.value ->> 'completedAt'",
    },
    from: `join check_list l on l.node_id = pr.node_id and l.head_oid = pr.head_ref_oid
      cross join lateral jsonb_array_elements(l.contexts) with ordinality t (value, position)`,
    key: "to_char(t.position, 'FM0000000')",
  },
  'changed-files': {
    fields: { ...PLACE, ...fieldsOf(changedFiles, 't') },
    from: 'join pull_request_file t on t.pull_request_id = pr.id',
    // Compared as text.
    key: `to_char(t.place, 'FM0000000000')`,
  },
}
