import { expect, test } from 'vitest'
import { startSmall } from '#test/github/ask.ts'
import { compareContent, describeDifferences } from '#test/github/compare.ts'
import type { Content } from '#test/github/rows.ts'

async function contentTwice(): Promise<[Content, Content]> {
  await using standIn = await startSmall()
  return [standIn.content(), structuredClone(standIn.content())]
}

test('equal content has no differences, whatever the order of rows and labels', async () => {
  const [expected, actual] = await contentTwice()
  actual.comments.reverse()
  for (const pull of actual.pullRequests) pull.labels.reverse()
  expect(compareContent(expected, actual)).toEqual([])
})

test('a store may keep times as dates, e-mail addresses as hashes, and texts without unstorable characters', async () => {
  const [expected, actual] = await contentTwice()
  for (const pull of actual.pullRequests) {
    pull.updatedAt = new Date(pull.updatedAt)
    pull.body = pull.body.replaceAll('\0', '').replaceAll(/\p{Surrogate}/gu, '\ufffd')
  }
  for (const commit of actual.commits) {
    commit.message = commit.message.replaceAll('\0', '\ufffd').replaceAll(/\p{Surrogate}/gu, '')
    commit.authorEmail = `hash of ${commit.authorEmail}`
    commit.committerEmail = `hash of ${commit.committerEmail}`
  }
  for (const kind of ['reviews', 'comments', 'reviewComments'] as const) {
    for (const row of actual[kind]) {
      row.body = row.body.replaceAll('\0', '').replaceAll(/\p{Surrogate}/gu, '')
    }
  }
  const email = (address: string) => `hash of ${address}`
  expect(describeDifferences(compareContent(expected, actual, { email }))).toBe('')
})

test('every kind of difference is reported with kind, key and field', async () => {
  const [expected, actual] = await contentTwice()
  const [first, second] = actual.comments
  const lost = actual.reviews.pop()
  if (!first || !second || !lost) throw new Error('nothing to change')
  first.body = 'something else'
  second.updatedAt = '2020-01-01T00:00:00Z'
  const invented = { ...first, id: 'IC_invented' }
  actual.comments.push(invented, { ...second })
  const differences = compareContent(expected, actual)
  const found = differences.map(({ kind, key, field }) => [kind, key, field])
  expect(found).toHaveLength(5)
  expect(found).toEqual(
    expect.arrayContaining([
      ['reviews', lost.id, null],
      ['comments', first.id, 'body'],
      ['comments', second.id, 'updatedAt'],
      ['comments', second.id, null],
      ['comments', 'IC_invented', null],
    ]),
  )
  expect(describeDifferences(differences, 1)).toMatch(
    /^reviews of .+ stored is "missing"\n… and 4 more$/,
  )
})

test('a field that the store lacks is a difference unless it is ignored', async () => {
  const [expected, actual] = await contentTwice()
  for (const commit of actual.commits) Reflect.deleteProperty(commit, 'parents')
  expect(compareContent(expected, actual)).toHaveLength(expected.commits.length)
  expect(compareContent(expected, actual, { ignore: ['commits.parents'] })).toEqual([])
})
