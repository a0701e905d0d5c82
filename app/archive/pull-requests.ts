/** Reads a pull request with or without its conversation. */

import type { ReadablePullRequestId } from '#app/auth/readable.ts'
import { type Scope, visible, visibleIssue } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'
import { readChangedFiles } from './changed-files.ts'
import { CHECK_FACTS, type CheckFacts, checksCompleteness, rollupOf } from './checks.ts'
import { OBJECT, readConversation, USER } from './conversation.ts'
import { type ListCompleteness, type PullFacts, pullSchema } from './pull-shapes.ts'

interface PullName {
  /** `owner/name`, case-insensitive. */
  fullName: string
  number: number
}

/** @returns null if it is unknown, deleted or out of scope. */
export async function readPull(db: Queryable, scope: Scope, name: PullName) {
  const found = await readPullFacts(db, scope, name)
  if (!found) return null
  const { facts, rowId } = found
  const conversation = await readConversation(db, rowId)
  return { ...facts, ...conversation, files: await readChangedFiles(db, rowId) }
}

/** @param object SQL that builds the JSON of an element `e`. */
const LIST = (object: string, elements: string, where = 'true') =>
  `(select coalesce(json_agg(${object} order by position), '[]')
     from ${elements} with ordinality l (e, position) where ${where})`

type PullRow = Omit<PullFacts, 'statusCheckRollup'> & {
  rowId: ReadablePullRequestId
  checks: CheckFacts
}

/** Like {@link readPull} without the conversation, which can be read by `rowId`. */
export async function readPullFacts(
  db: Queryable,
  scope: Scope,
  { fullName, number }: PullName,
): Promise<{ rowId: ReadablePullRequestId; facts: PullFacts } | null> {
  const { values, bind } = parametersOf([fullName, number])
  const { rows } = await db.query<PullRow>(
    `select p.id as row_id, p.node_id as id, ${OBJECT('nameWithOwner', 'r.full_name')} as repository,
       p.number, p.title, p.body, p.url, p.state, p.is_draft, ${USER('p.author_id')} as author,
       p.author_association, p.created_at, p.updated_at, p.closed_at, p.merged_at,
       ${USER('p.merged_by_id')} as merged_by, ${OBJECT('oid', 'p.merge_commit')} as merge_commit,
       p.base_ref_name, p.base_ref_oid, p.head_ref_name, p.head_ref_oid,
       ${OBJECT('nameWithOwner', 'p.head_repository')} as head_repository,
       p.additions, p.deletions, p.changed_files,
       ${LIST(`json_build_object('name', e)`, 'unnest(p.labels)')} as labels,
       (select coalesce(json_agg(json_build_object('login', u.login) order by position), '[]')
         from unnest(p.assignee_ids) with ordinality a (id, position)
           join github_user u on u.node_id = a.id) as assignees, ${OBJECT('title', 'p.milestone')} as milestone,
       ${LIST(
         `json_build_object('title', e->'title', 'number', e->'number', 'repository',
           json_build_object('nameWithOwner', e->'repository'))`,
         'jsonb_array_elements(p.closing_issues)',
         visibleIssue(scope, "(e->>'issueRepository')")(bind),
       )} as closing_issues_references,
       p.review_decision, ${CHECK_FACTS} as checks,
       p.completeness, p.is_complete, p.checked_at, p.read_at
     from repository r join pull_request p on p.repository_id = r.id
       left join check_list c on c.node_id = p.node_id
     where lower(r.full_name) = lower($1) and ${visible(scope, 'r')(bind)}
       and p.number = $2 and ${notDeleted('p')}
     order by p.read_at desc limit 1`,
    values,
  )
  const [row] = rows
  if (!row) return null
  const { rowId, checks, ...facts } = row
  const completeness = {
    ...completenessOf(facts.completeness),
    checks: checksCompleteness(checks),
  }
  return { rowId, facts: { ...facts, statusCheckRollup: rollupOf(checks), completeness } }
}

/** Returns an entry for every list, under GitHub's names; lists not stored yet are `unknown`. */
function completenessOf(stored: Record<string, ListCompleteness>): PullFacts['completeness'] {
  const { closingIssues, ...lists } = stored
  const unknown = Object.keys(pullSchema.shape.completeness.shape).map((list) => [
    list,
    { total: null, stored: null, state: 'unknown' },
  ])
  const closing = closingIssues && { closingIssuesReferences: closingIssues }
  return { ...Object.fromEntries(unknown), ...closing, ...lists }
}
