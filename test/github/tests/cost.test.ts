import { Kind, type OperationDefinitionNode, parse } from 'graphql'
import { expect, test } from 'vitest'
import { costOf } from '../answer/cost.ts'
import { githubSchema } from '../answer/schema.ts'

function price(query: string, variables: Record<string, unknown> = {}) {
  const { definitions } = parse(query)
  const operation = definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION)
  const fragments = Object.fromEntries(
    definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [],
    ),
  )
  const schema = githubSchema()
  return costOf({ schema, operation: operation as OperationDefinitionNode, fragments, variables })
}

const LISTS = ['commits', 'reviews', 'comments', 'reviewThreads', 'labels', 'assignees']
const SEVEN = [...LISTS, 'closingIssuesReferences']

function pulls(width: number, lists: string[], inside = ''): string {
  const nested = lists.map(
    (list) => `${list}(first: 20) { nodes { id ${list === 'reviewThreads' ? inside : ''} } }`,
  )
  return `{ repository(owner: "o", name: "n") { pullRequests(first: ${width}) { nodes { id ${nested.join(' ')} } } } }`
}

const IDS = (length: number) => Array.from({ length }, (_, index) => `id-${index}`)
const BY_IDS = (inside: string) =>
  `query ($a: [ID!]!, $b: [ID!]!) { a: nodes(ids: $a) { ...F } b: nodes(ids: $b) { ...F } } ${inside}`
const THREADS = BY_IDS(
  'fragment F on PullRequestReviewThread { comments(first: 100) { nodes { id } } }',
)
const PROBE = BY_IDS(
  'fragment F on Repository { pushedAt pullRequests(first: 20, orderBy: { field: UPDATED_AT, direction: DESC }) { nodes { id updatedAt } } }',
)
const TWO_ALIASES = { a: IDS(100), b: IDS(49) }

const COMMENTS = 'comments(first: 20) { nodes { id } }'
const ONE_PULL = `query ($id: ID!) { node(id: $id) { ... on PullRequest {
  ${SEVEN.slice(0, 3).map((list) => `${list}(first: 100) { nodes { id } }`)}
  reviewThreads(first: 100) { nodes { id ${COMMENTS} } } } } }`

test.each([
  {
    what: '25 pull requests with seven lists and thread comments',
    query: pulls(25, SEVEN, COMMENTS),
    price: { requests: 676, points: 7 },
  },
  {
    what: '21 pull requests with seven lists',
    query: pulls(21, SEVEN),
    price: { requests: 148, points: 1 },
  },
  {
    what: '29 pull requests with five lists',
    query: pulls(29, SEVEN.slice(0, 5)),
    price: { requests: 146, points: 1 },
  },
  {
    what: '49 pull requests with timeline items, threads and labels',
    query: pulls(49, ['timelineItems', 'reviewThreads', 'labels']),
    price: { requests: 148, points: 1 },
  },
  {
    what: 'comments of 149 threads by id',
    query: THREADS,
    variables: TWO_ALIASES,
    price: { requests: 149, points: 1 },
  },
  {
    what: 'a probe of 149 repositories by id',
    query: PROBE,
    variables: TWO_ALIASES,
    price: { requests: 149, points: 1 },
  },
  {
    what: 'comments of 150 threads by id',
    query: THREADS,
    variables: { a: IDS(100), b: IDS(50) },
    price: { requests: 150, points: 2 },
  },
  {
    what: 'one pull request by id with everything nested',
    query: ONE_PULL,
    variables: { id: 'PR' },
    price: { requests: 104, points: 1 },
  },
])('$what is priced by the rule', ({ query, variables, price: expected }) => {
  expect(price(query, variables)).toMatchObject(expected)
})

test("GitHub's own example of 5,101 requests costs 51 points", () => {
  const query = `{ viewer { repositories(first: 100) { edges { repository: node { issues(first: 50) { edges { issue: node { labels(first: 60) { edges { label: node { name } } } } } } } } } } }`
  expect(price(query)).toEqual({ requests: 5101, points: 51, nodes: 100 + 5000 + 300_000 })
})

test('fragments, aliases and directives are priced like the fields they stand for', () => {
  const query = `query ($with: Boolean!) {
    repository(owner: "o", name: "n") {
      ...Open
      pullRequests(first: 10) { nodes { labels(first: 5) { nodes { id } } } }
      all: pullRequests(first: 10) { nodes { id } }
      skipped: pullRequests(first: 10) @include(if: $with) { nodes { id } }
    } }
    fragment Open on Repository { pullRequests(first: 10) { nodes { id ... on PullRequest { labels(first: 5) { nodes { name } } } } } }`
  expect(price(query, { with: false })).toEqual({
    requests: 1 + 10 + 1,
    points: 1,
    nodes: 10 + 50 + 10,
  })
})

test('a connection that is only read for its count needs no page size', () => {
  const query = '{ repository(owner: "o", name: "n") { pullRequests { totalCount } } }'
  expect(price(query)).toEqual({ requests: 1, points: 1, nodes: 0 })
})

test.each([
  [
    'MISSING_PAGINATION_BOUNDARIES',
    '{ repository(owner: "o", name: "n") { pullRequests { nodes { id } } } }',
  ],
  [
    'EXCESSIVE_PAGINATION',
    '{ repository(owner: "o", name: "n") { pullRequests(first: 101) { nodes { id } } } }',
  ],
  [
    'MAX_NODE_LIMIT_EXCEEDED',
    pulls(100, ['reviewThreads'], 'comments(first: 100) { nodes { id } }').replace(
      'reviewThreads(first: 20)',
      'reviewThreads(first: 100)',
    ),
  ],
  ['ARGUMENT_LIMIT', `{ nodes(ids: ${JSON.stringify(IDS(101))}) { id } }`],
])('%s is rejected before execution', (type, query) => {
  expect(() => price(query)).toThrow(expect.objectContaining({ extensions: { type } }))
})
