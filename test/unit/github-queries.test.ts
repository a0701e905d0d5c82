import { Kind, type OperationDefinitionNode, parse, validate } from 'graphql'
import { describe, expect, test } from 'vitest'
import { CHECKS } from '#app/github/queries/checks.ts'
import { CODE_SIZES } from '#app/github/queries/code-sizes.ts'
import { NESTED_PAGES, THREAD_PAGE, THREADS } from '#app/github/queries/nested.ts'
import {
  FULL_PULL_REQUEST,
  PULL_REQUEST_BY_NUMBER,
  PULL_REQUEST_NAMES,
  PULL_REQUEST_PAGE,
  PULL_REQUESTS_BY_ID,
  WIDEST_PAGE,
  WIDEST_WITHOUT_FILES,
} from '#app/github/queries/pull-requests.ts'
import type { GraphqlQuery } from '#app/github/queries/query.ts'
import { PROBE } from '#app/github/queries/repositories.ts'
import {
  COUNTED_PAGE,
  COUNTED_PULL_REQUESTS,
  COUNTED_THREADS,
  WIDEST_COUNT,
} from '#app/github/queries/verify.ts'
import { withoutLists } from '#app/github/refused-lists.ts'
import { costOf } from '#test/github/answer/cost.ts'
import { githubSchema } from '#test/github/answer/schema.ts'

const schema = githubSchema()

function ids(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `id-${index}`)
}

const full = { ids: ids(100), more: ids(49) }
const page = { id: 'id', after: 'cursor' }

const QUERIES: [GraphqlQuery<never, unknown>, Record<string, unknown>, number, number][] = [
  [PROBE, full, 1, 149 + 149 * 20],
  [
    PULL_REQUEST_PAGE,
    { id: 'id', first: WIDEST_PAGE, after: null, commits: true },
    1,
    18 + 18 * 800,
  ],
  [PULL_REQUESTS_BY_ID, { ids: ids(WIDEST_PAGE), commits: true }, 1, 18 + 18 * 800],
  [PULL_REQUEST_NAMES, { id: 'id', first: 21, after: null }, 1, 21],
  [FULL_PULL_REQUEST, { ids: ids(1), commits: true }, 1, 1 + 800 + 10_000],
  [PULL_REQUEST_BY_NUMBER, { id: 'R_1', number: 1, commits: true }, 1, 800 + 10_000],
  [THREADS, full, 1, 149 + 149 * 100],
  [THREAD_PAGE, page, 1, 100],
  [NESTED_PAGES.commits, page, 1, 100],
  [NESTED_PAGES.reviews, page, 1, 100],
  [NESTED_PAGES.comments, page, 1, 100],
  [NESTED_PAGES.review_threads, page, 1, 100],
  [NESTED_PAGES.files, page, 1, 100],
  [
    withoutLists(PULL_REQUEST_PAGE, 'fragment pullRequest', ['files']),
    { id: 'id', first: WIDEST_WITHOUT_FILES, after: null, commits: true },
    1,
    21 + 21 * 700,
  ],
  [CHECKS, { ...full, after: null }, 1, 149 + 149 * 100],
  [COUNTED_PAGE, { id: 'id', first: WIDEST_COUNT, after: null, commits: true }, 1, 29],
  [COUNTED_PULL_REQUESTS, { ids: ids(WIDEST_COUNT), commits: true }, 1, 29],
  [COUNTED_THREADS, full, 1, 149],
  [CODE_SIZES, { ids: ids(100) }, 1, 200],
]

describe.each(QUERIES)('$name', (query, variables, points, nodes) => {
  const document = parse(query.text)

  test("is valid in GitHub's schema", () => {
    expect(validate(schema, document)).toEqual([])
  })

  test(`costs ${points} point and at most ${nodes} nodes`, () => {
    const operation = document.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION)
    const fragments = Object.fromEntries(
      document.definitions.flatMap((one) =>
        one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [],
      ),
    )
    const cost = costOf({
      schema,
      operation: operation as OperationDefinitionNode,
      fragments,
      variables,
    })
    expect({ points: cost.points, nodes: cost.nodes }).toEqual({ points, nodes })
  })
})

test.each([
  [PULL_REQUESTS_BY_ID, WIDEST_PAGE],
  [COUNTED_PULL_REQUESTS, WIDEST_COUNT],
])('one more pull request would cost a second point: $name', (query, widest) => {
  const document = parse(query.text)
  const [operation, ...rest] = document.definitions
  const fragments = Object.fromEntries(
    rest.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [])),
  )
  const variables = { ids: ids(widest + 1), commits: true }
  expect(
    costOf({ schema, operation: operation as OperationDefinitionNode, fragments, variables }),
  ).toMatchObject({ points: 2 })
})
