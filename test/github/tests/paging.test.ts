import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Asked, ask, startSmall } from '#test/github/ask.ts'
import { cutPage, type Place } from '../answer/paging.ts'

test('pages of any size, in either direction, return every item once and in order', () => {
  const sizes = fc.integer({ min: 1, max: 7 })
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5 })),
      sizes,
      fc.boolean(),
      (values, size, descending) => {
        const places = values
          .map((value, id): Place => [value, id])
          .sort(
            (a, b) =>
              (descending ? -1 : 1) * (a[0] === b[0] ? a[1] - b[1] : Number(a[0]) - Number(b[0])),
          )
        const list = { items: places, place: (place: Place) => place, descending }
        expect(walk((after) => cutPage(list, { first: size, after }), 'endCursor')).toEqual(places)
        const back = walk((before) => cutPage(list, { last: size, before }), 'startCursor')
        expect(back.toSorted((a, b) => a[1] - b[1])).toEqual(places.toSorted((a, b) => a[1] - b[1]))
      },
    ),
  )
})

function walk(
  read: (cursor: string | null) => ReturnType<typeof cutPage<Place>>,
  by: 'endCursor' | 'startCursor',
): Place[] {
  const met: Place[] = []
  let cursor: string | null = null
  for (;;) {
    const page = read(cursor)
    met.push(...page.entries.map((entry) => entry.node))
    const { hasNextPage, hasPreviousPage } = page.pageInfo
    if (!(by === 'endCursor' ? hasNextPage : hasPreviousPage)) return met
    cursor = page.pageInfo[by]
  }
}

const PAGE = `query ($after: String) { repository(owner: "acme", name: "engine") {
  pullRequests(first: 10, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }) {
    pageInfo { hasNextPage endCursor } nodes { number updatedAt } } } }`

test('a pull request that changes while the list is read moves to the front and is missed further back', async () => {
  await using standIn = await startSmall()
  const first = (await ask(standIn, PAGE)).body.data.repository.pullRequests
  const untouched = await readOn(standIn, first.pageInfo.endCursor)
  const moved = untouched[12]
  standIn.changes.comment({ pull: `acme/engine#${moved}`, body: 'One more thing' })
  const behind = await readOn(standIn, first.pageInfo.endCursor)
  expect(behind).toEqual(untouched.filter((number) => number !== moved))
  const again = (await ask(standIn, PAGE)).body.data.repository.pullRequests
  expect(again.nodes[0].number).toBe(moved)
})

test('deleting a pull request while the list is read does not skip another one', async () => {
  await using standIn = await startSmall()
  const first = (await ask(standIn, PAGE)).body.data.repository.pullRequests
  const untouched = await readOn(standIn, first.pageInfo.endCursor)
  standIn.changes.deletePull({ pull: `acme/engine#${first.nodes.at(-1).number}` })
  expect(await readOn(standIn, first.pageInfo.endCursor)).toEqual(untouched)
})

async function readOn(standIn: Parameters<typeof ask>[0], cursor: string): Promise<number[]> {
  const numbers: number[] = []
  let after: string | null = cursor
  while (after !== null) {
    const answer: Asked = await ask(standIn, PAGE, { after })
    const page = answer.body.data.repository.pullRequests
    numbers.push(...page.nodes.map((node: { number: number }) => node.number))
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
  }
  return numbers
}
