import { expect, test } from 'vitest'
import { ask, SMALL, startSmall } from '#test/github/ask.ts'
import { compareContent, describeDifferences } from '#test/github/compare.ts'
import { readContent } from '#test/github/read-content.ts'

test('a generated organisation can be read completely, including every hard case', async () => {
  await using standIn = await startSmall({ limits: { graphql: 100_000 } })
  const read = await readContent(standIn)
  expect(read.pullRequests).toHaveLength(60)
  expect(describeDifferences(compareContent(standIn.content(), read))).toBe('')
})

test('the same seed gives the same organisation, and another seed a different one', async () => {
  const report = async (seed: number) => {
    await using standIn = await startSmall({ sources: [{ ...SMALL, seed }] })
    return standIn.content()
  }
  const first = await report(1)
  expect(await report(1)).toEqual(first)
  expect((await report(2)).pullRequests).not.toEqual(first.pullRequests)
})

test('one pull request has more than a page of each list', async () => {
  await using standIn = await startSmall()
  const content = standIn.content({ repositories: ['acme/engine'] })
  const crowded = content.pullRequests.find((one) => one.number === 1)
  const own = <Row extends { pullRequestId: string }>(rows: Row[]) =>
    rows.filter((row) => row.pullRequestId === crowded?.id)
  expect(crowded?.commits.length).toBeGreaterThan(100)
  expect(own(content.reviews).length).toBeGreaterThan(100)
  expect(own(content.comments).length).toBeGreaterThan(100)
  expect(own(content.reviewThreads).length).toBeGreaterThan(149)
  const lengths = new Map<string, number>()
  for (const { threadId } of own(content.reviewComments)) {
    lengths.set(threadId, (lengths.get(threadId) ?? 0) + 1)
  }
  expect(Math.max(...lengths.values())).toBeGreaterThan(100)
})

test('there are hard bodies, ghosts, bots and everything else that can be null', async () => {
  await using standIn = await startSmall()
  const { pullRequests, reviews, reviewThreads } = standIn.content()
  const bodies = pullRequests.map((one) => one.body)
  expect(bodies).toContain('')
  expect(bodies.some((body) => body.length === 65_536)).toBe(true)
  expect(bodies.some((body) => body.includes('\0'))).toBe(true)
  expect(bodies.some((body) => /\p{Surrogate}/u.test(body))).toBe(true)
  expect(pullRequests.some((one) => one.author === null)).toBe(true)
  expect(pullRequests.some((one) => one.author?.endsWith('[bot]'))).toBe(true)
  expect(pullRequests.some((one) => one.headRepository === null)).toBe(true)
  expect(pullRequests.some((one) => one.commits.length === 0)).toBe(true)
  expect(pullRequests.some((one) => one.closingIssues.length > 100)).toBe(true)
  expect(reviews.some((one) => one.commit === null)).toBe(true)
  expect(reviewThreads.some((one) => one.line === null)).toBe(true)
})

test('there are renamed, archived, empty and private repositories, and thousands of quiet ones', async () => {
  await using standIn = await startSmall({ sources: [{ ...SMALL, quietRepositories: 1000 }] })
  expect(standIn.world.repositories.size).toBe(1007)
  const { body } = await ask(
    standIn,
    `{ renamed: repository(owner: "acme", name: "bricks") { nameWithOwner }
       strict: repository(owner: "acme", name: "bricks", followRenames: false) { id }
       shelved: repository(owner: "acme", name: "shelved") { isArchived archivedAt }
       secret: repository(owner: "acme", name: "secret") { visibility }
       empty: repository(owner: "acme", name: "empty") { isEmpty pushedAt defaultBranchRef { name } } }`,
  )
  expect(body.data).toMatchObject({
    renamed: { nameWithOwner: 'acme/brick' },
    strict: null,
    shelved: { isArchived: true },
    secret: { visibility: 'PRIVATE' },
    empty: { isEmpty: true, pushedAt: null, defaultBranchRef: null },
  })
})

test('everything can be found by its node id, whether its text was generated yet or not', async () => {
  await using standIn = await startSmall()
  const { repositories, pullRequests, comments, reviews, reviewThreads, reviewComments } =
    standIn.content()
  const all = [repositories, pullRequests, comments, reviews, reviewThreads, reviewComments]
  const ids = all.flatMap((rows) => [rows[0]?.id, rows.at(-1)?.id])
  const { body } = await ask(standIn, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })
  expect(body.data.nodes).toEqual(ids.map((id) => ({ id })))
})
