import { expect, test } from 'vitest'
import type { PullRequestNode } from '#app/github/queries/pull-requests.ts'
import { rowsOfNested, rowsOfPullRequest, type UnsplitRows } from '#app/sync/tables/rows.ts'
import { divideRecord } from '#workers/extraction/divide-record.ts'
import {
  commentNode,
  commitNode,
  listOf,
  pullRequestNode,
  reviewCommentNode,
  reviewNode,
  threadNode,
} from '../../support/nodes.ts'

const ORIGIN = { repositoryId: '1', pullRequest: 'PR_1', readAt: '2026-01-01T00:00:00.000Z' }
const MEGABYTE = 1_048_576

/** A pull request with this many of each, with texts of this length. */
function pullOf(count: number, length: number): PullRequestNode {
  const body = 'a'.repeat(length)
  const all = Array.from({ length: count }, (_, index) => index + 1)
  const replies = (n: number) => all.map((m) => reviewCommentNode(n * 1_000 + m, { body }))
  return pullRequestNode({
    commits: listOf(all.map((n) => commitNode(n, { message: body }))),
    reviews: listOf(all.map((n) => reviewNode(n, { body }))),
    comments: listOf(all.map((n) => commentNode(n, { body }))),
    reviewThreads: listOf([threadNode(1, replies(1)), threadNode(2, replies(2)), threadNode(3)]),
  })
}

function divide(node: PullRequestNode) {
  return divideRecord({ kind: 'pull_request', body: { pullRequest: node } })
}

test('a record of usual size stays whole', () => {
  const node = pullOf(20, 500)
  expect(divide(node)).toEqual([{ kind: 'pull_request', body: { pullRequest: node } }])
})

test('a large record is divided into small ones that have the same rows', () => {
  const node = pullOf(50, 65_536)
  const records = divide(node)
  const sizes = records.map(({ body }) => JSON.stringify(body).length)
  expect(records.length).toBeGreaterThan(10)
  expect(Math.max(...sizes)).toBeLessThan(MEGABYTE + 1_000)
  const parts = records.map(({ kind, body }) =>
    kind === 'nested' ? rowsOfNested(body, ORIGIN) : rowsOfPullRequest(body.pullRequest, ORIGIN),
  )
  const whole = rowsOfPullRequest(node, ORIGIN)
  for (const table of Object.keys(whole) as (keyof UnsplitRows)[])
    expect(inOrder(parts.flatMap((rows): object[] => rows[table]))).toEqual(inOrder(whole[table]))
})

test('a page of comments of threads is divided within a thread', () => {
  const comments = Array.from({ length: 100 }, (_, n) =>
    reviewCommentNode(n, { body: 'a'.repeat(65_536) }),
  )
  const threads = [
    { id: 'a', comments },
    { id: 'b', comments: [] },
  ]
  const records = divideRecord({ kind: 'nested', body: { type: 'review_comments', threads } })
  const found = records.flatMap(({ body }) => ('threads' in body ? body.threads : []))
  expect(records.length).toBeGreaterThan(6)
  expect(found.at(-1)).toEqual({ id: 'b', comments: [] })
  expect(found.flatMap((thread) => thread.comments)).toEqual(comments)
})

function inOrder(rows: object[]): string[] {
  return [...new Set(rows.map((row) => JSON.stringify(row)))].toSorted()
}
