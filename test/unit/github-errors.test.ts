import { describe, expect, test } from 'vitest'
import { FatalError, RetryableError } from '#app/config/errors.server.ts'
import { type Reply, sortGraphql, sortRest } from '#app/github/errors.ts'

const DATE = 'Sun, 01 Feb 2026 12:00:00 GMT'
const IN_TEN_MINUTES = String(Date.parse(DATE) / 1000 + 600)
const SPENT = {
  'x-ratelimit-limit': '5000',
  'x-ratelimit-remaining': '0',
  'x-ratelimit-reset': IN_TEN_MINUTES,
}
const SECONDARY = 'You have exceeded a secondary rate limit. Please wait a few minutes.'

function reply(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  const all = { 'content-type': 'application/json; charset=utf-8', date: DATE, ...headers }
  return { status, headers: new Headers(all), text: JSON.stringify(body) }
}

function errorsOf(...errors: object[]): object {
  return { data: null, errors }
}

describe('an answer to a query', () => {
  test('is accepted with the errors returned alongside its data', () => {
    const error = { type: 'NOT_FOUND', path: ['nodes', 0], message: 'Could not resolve' }
    const sorted = sortGraphql(reply(200, { data: { nodes: [null] }, errors: [error] }))
    expect(sorted).toEqual({
      state: 'answered',
      value: { data: { nodes: [null] }, errors: [error] },
    })
  })

  test('with an error without a path is retryable', () => {
    const body = { data: { viewer: {} }, errors: [{ message: 'Something went wrong' }] }
    expect(sortGraphql(reply(200, body))).toMatchObject({
      state: 'failed',
      error: { name: 'RetryableError', kind: 'timeout' },
    })
  })

  test.each([
    [{ message: "Field 'x' doesn't exist", extensions: { code: 'undefinedField' } }],
    [{ message: 'Parse error on end of file', locations: [{ line: 1, column: 1 }] }],
    [{ type: 'MAX_NODE_LIMIT_EXCEEDED', message: 'By the time this query', path: ['x'] }],
    [{ type: 'INSUFFICIENT_SCOPES', message: 'Your token has not been granted' }],
  ])('that rejects the query (%j) is fatal', (error) => {
    const sorted = sortGraphql(reply(200, { errors: [error] }))
    expect(sorted).toMatchObject({ state: 'failed', error: expect.any(FatalError) })
  })

  test.each([
    ['resource_limits', 200, errorsOf({ type: 'RESOURCE_LIMITS_EXCEEDED', message: 'x' })],
    ['timeout', 200, errorsOf({ message: 'Something went wrong while executing your query.' })],
    ['broken', 200, { data: null }],
    ['broken', 200, 'text'],
    ['timeout', 502, {}],
    ['timeout', 504, { message: "We couldn't respond to your request in time." }],
    ['server', 500, {}],
    ['server', 503, {}],
  ] as const)('is retryable: %s, status %i, %j', (kind, status, body) => {
    const sorted = sortGraphql(reply(status, body))
    expect(sorted).toMatchObject({ state: 'failed', error: expect.any(RetryableError) })
    expect(sorted).toMatchObject({ error: { kind } })
  })

  test.each(['RATE_LIMITED', 'RATE_LIMIT'])('is limited by the error type %s', (type) => {
    const body = { errors: [{ type, message: 'API rate limit exceeded' }] }
    expect(sortGraphql(reply(200, body, SPENT))).toMatchObject({
      state: 'limited',
      reason: "GitHub's hourly budget is used up",
      detail: 'API rate limit exceeded',
      limits: { remaining: 0, secondsLeft: 601, pause: null },
    })
  })

  test('with a limit of unknown duration leaves the length of the pause to the governor', () => {
    const body = { errors: [{ message: 'API rate limit exceeded for installation 1' }] }
    expect(sortGraphql(reply(200, body))).toMatchObject({
      state: 'limited',
      limits: { pause: { seconds: null } },
    })
  })
})

describe.each([
  ['query', sortGraphql],
  ['read', sortRest],
] as const)('a rejected %s', (_kind, sort) => {
  test.each([
    [403, SECONDARY, { 'retry-after': '30' }, 31],
    [429, SECONDARY, { 'retry-after': '30' }, 31],
    [403, SECONDARY, {}, null],
    [429, 'Too many requests', {}, null],
    [429, SECONDARY, SPENT, 601],
    [403, 'You have triggered an abuse detection mechanism.', {}, null],
  ])('with %i, "%s" and %j is a secondary limit', (status, message, headers, seconds) => {
    expect(sort(reply(status, { message }, headers))).toMatchObject({
      state: 'limited',
      reason: 'GitHub asked for a pause, because too many requests came at once',
      detail: message,
      limits: { pause: { seconds } },
    })
  })

  test('with an exhausted budget includes the reset time', () => {
    const message = 'API rate limit exceeded for installation ID 1.'
    expect(sort(reply(403, { message }, SPENT))).toMatchObject({
      state: 'limited',
      reason: "GitHub's hourly budget is used up",
      detail: message,
      limits: { remaining: 0, secondsLeft: 601, pause: null },
    })
  })

  test('is fatal if a permission is missing, and unauthorised for a bad token or a suspension', () => {
    const message = 'Resource not accessible by integration'
    expect(sort(reply(403, { message }))).toMatchObject({ error: expect.any(FatalError) })
    const refused = { state: 'unauthorised' }
    expect(sort(reply(401, { message: 'Bad credentials' }))).toMatchObject(refused)
    const suspended = 'This installation has been suspended'
    expect(sort(reply(403, { message: suspended }))).toMatchObject(refused)
  })
})

test.each([404, 409, 410, 451])('a read with status %i is an answer', (status) => {
  const sorted = sortRest(reply(status, { message: 'x' }))
  expect(sorted).toEqual({ state: 'answered', value: { status, body: null } })
})
