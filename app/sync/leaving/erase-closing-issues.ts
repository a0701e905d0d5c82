/**
 * Erases the issues of a repository from the pull requests of other repositories that close them: their
 * passages, their titles, and their texts in raw records.
 */
import type { Queryable } from '#app/database/pool.server.ts'
import type { ClosingIssue, PullRequestNode } from '#app/github/queries/pull-requests.ts'
import { forgetPassages } from '#app/search/write/forget-passages.ts'
import type { ErasedRows } from './erased-rows.ts'

/**
 * Erases them from the next pull requests.
 *
 * @param nodeId of the repository of the issues.
 * @param size of the batch, in pull requests.
 */
export async function eraseClosingIssues(
  tx: Queryable,
  nodeId: string,
  size: number,
): Promise<{ rows: Partial<ErasedRows>; isLast: boolean }> {
  const { rows: pulls } = await tx.query<{ id: string; nodeId: string }>(
    `select id, node_id from pull_request where id in (
       select id from pull_request
       where closing_issues <> '[]' and closing_issues @> $1::jsonb limit $2)
     order by node_id for no key update`,
    [JSON.stringify([{ issueRepository: nodeId }]), size],
  )
  if (pulls.length === 0) return { rows: {}, isLast: true }
  const ids = pulls.map((pull) => pull.id)
  await tx.query(
    `update pull_request set closing_issues = (
       select coalesce(jsonb_agg(e order by position), '[]')
       from jsonb_array_elements(closing_issues) with ordinality l (e, position)
       where e ->> 'issueRepository' is distinct from $2)
     where id = any($1::bigint[])`,
    [ids, nodeId],
  )
  const rawRecords = await eraseInRecords(
    tx,
    pulls.map((pull) => pull.nodeId),
    nodeId,
  )
  const passages = await forgetPassages(
    tx,
    'where x.pull_request_id = any($1::bigint[]) and x.issue_repository = $2',
    [ids, nodeId],
  )
  return { rows: { passages: passages.length, rawRecords }, isLast: false }
}

async function eraseInRecords(tx: Queryable, pulls: string[], nodeId: string): Promise<number> {
  const { rows } = await tx.query<{ id: string; body: { pullRequest: PullRequestNode } }>(
    `select r.id, r.body from snapshot s join raw_record r on r.snapshot_id = s.id
     where s.node_id = any($1::text[]) and r.kind = 'pull_request'
       and strpos(r.body::text, to_json($2::text)::text) > 0
     order by r.id for update of r`,
    [pulls, nodeId],
  )
  if (rows.length === 0) return 0
  await tx.query(
    `update raw_record r set body = n.body
     from unnest($1::bigint[], $2::json[]) n (id, body) where r.id = n.id`,
    [
      rows.map((row) => row.id),
      rows.map(({ body }) => JSON.stringify(withoutIssuesOf(body, nodeId))),
    ],
  )
  return rows.length
}

/** Leaves null in place of each issue, as GitHub does for those that it does not show. */
function withoutIssuesOf(body: { pullRequest: PullRequestNode }, nodeId: string) {
  const { pullRequest } = body
  const list = pullRequest.closingIssuesReferences
  const isOther = (issue: ClosingIssue | null) => issue?.repository.id !== nodeId
  const nodes = list?.nodes.map((issue) => (isOther(issue) ? issue : null))
  const closingIssuesReferences = list && { ...list, nodes }
  return { ...body, pullRequest: { ...pullRequest, closingIssuesReferences } }
}
