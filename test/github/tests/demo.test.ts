import { expect, test } from 'vitest'
import { startSmall } from '#test/github/ask.ts'
import { compareContent, describeDifferences } from '#test/github/compare.ts'
import { readContent } from '#test/github/read-content.ts'
import { makeClock } from '../world/clock.ts'

const DEMO = { sources: [{ kind: 'demo' as const }] }

test('the demo organisation can be read completely', async () => {
  await using standIn = await startSmall({ ...DEMO, limits: { graphql: 100_000 } })
  const read = await readContent(standIn)
  expect(read.repositories.map((one) => one.fullName)).toEqual([
    'saltmarsh/quay',
    'saltmarsh/tideline',
    'saltmarsh/gangway',
  ])
  expect(read.pullRequests.length).toBeGreaterThanOrEqual(55)
  expect(describeDifferences(compareContent(standIn.content(), read))).toBe('')
})

test('the latest activity is at most two days old and never in the future, whatever the date', async () => {
  for (const today of ['2026-02-01T00:30:00Z', '2031-07-09T23:10:00Z']) {
    const clock = makeClock({ start: new Date(today), frozen: true })
    await using standIn = await startSmall({ ...DEMO, clock })
    const latest = standIn
      .content()
      .pullRequests.map((one) => String(one.updatedAt))
      .sort()
      .at(-1)
    const age = clock.now().getTime() - Date.parse(latest ?? '')
    expect(age).toBeGreaterThan(0)
    expect(age).toBeLessThan(2 * 86_400_000)
  }
})

test('every mentioned pull request, issue and comment exists, and nobody comments before the opening', async () => {
  await using standIn = await startSmall(DEMO)
  const { pullRequests, comments, reviews, reviewComments, repositories } = standIn.content()
  const names = new Map(repositories.map((one) => [one.id, one.fullName]))
  const known = new Set(
    [...standIn.world.repositories.values()].flatMap((one) =>
      [...one.pulls.keys(), ...one.issues.keys()].map((number) => `${names.get(one.id)}#${number}`),
    ),
  )
  const byId = new Map(pullRequests.map((one) => [one.id, one]))
  const said = [...comments, ...reviews, ...reviewComments].map((row) => {
    const pull = byId.get(row.pullRequestId)
    expect(String(row.createdAt) >= String(pull?.createdAt)).toBe(true)
    expect(String(row.updatedAt) <= String(pull?.updatedAt)).toBe(true)
    return { repository: pull?.repositoryId ?? '', text: row.body }
  })
  const opened = pullRequests.map((one) => ({ repository: one.repositoryId, text: one.body }))
  const unknown = [...said, ...opened].flatMap(({ repository, text }) =>
    [...text.matchAll(/(saltmarsh\/\w+)?#(\d+)/g)]
      .map(([, other, number]) => `${other ?? names.get(repository)}#${number}`)
      .filter((name) => !known.has(name)),
  )
  expect(unknown).toEqual([])
})

test('the demo answers the question why the cache was dropped', async () => {
  await using standIn = await startSmall(DEMO)
  const { pullRequests } = standIn.content({ repositories: ['saltmarsh/quay'] })
  const dropped = pullRequests.find((one) => one.title === 'Drop the quote cache')
  expect(dropped).toMatchObject({ state: 'MERGED', reviewDecision: 'APPROVED' })
  expect(dropped?.body).toMatch(/hit rate never passed 11 %/)
})
