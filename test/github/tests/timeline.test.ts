import { expect, test } from 'vitest'
import { ask, startSmall } from '#test/github/ask.ts'

test('timeline items are commits, reviews, comments and events ordered by time', async () => {
  await using standIn = await startSmall()
  const pull = standIn.content().pullRequests.find((one) => one.number === 20)
  standIn.changes.merge({ pull: 'acme/engine#20' })
  const { body } = await ask(
    standIn,
    `query ($id: ID!) { node(id: $id) { ... on PullRequest {
      commits { totalCount } reviews { totalCount } comments { totalCount }
      timelineItems(first: 100, itemTypes: [PULL_REQUEST_COMMIT, PULL_REQUEST_REVIEW, ISSUE_COMMENT]) {
        totalCount filteredCount nodes { __typename } }
      ended: timelineItems(last: 1, itemTypes: MERGED_EVENT) { nodes { ... on MergedEvent { createdAt actor { login } } } }
    } } }`,
    { id: pull?.id },
  )
  const { commits, reviews, comments, timelineItems, ended } = body.data.node
  const sum = commits.totalCount + reviews.totalCount + comments.totalCount
  expect(timelineItems.totalCount).toBe(sum)
  expect(timelineItems.nodes[0].__typename).toBe('PullRequestCommit')
  expect(ended.nodes).toEqual([
    { createdAt: '2026-02-01T12:00:00Z', actor: { login: 'stand-in-author' } },
  ])
})
