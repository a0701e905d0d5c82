/** The one place where GitHub's answers are sorted into retryable, rate-limited and fatal errors, or none. */
import { FatalError, RateLimitedError, RetryableError } from '#app/config/errors.server.ts'
import { type AnswerLimits, readLimits, retryAfter } from './limits.ts'
import type { QueryField } from './queries/leave-out.ts'

export interface Reply {
  status: number
  headers: Headers
  text: string
}

/** An error that accompanies data, with the path of what it invalidates. */
export interface AnswerError {
  type: string | null
  message: string
  path: (string | number)[]
}

/** The server does not know fields of the query: an Enterprise Server that is older than they are. */
export class UnknownFieldsError extends FatalError {
  override name = 'UnknownFieldsError'
  readonly fields: QueryField[]
  constructor(message: string, fields: QueryField[]) {
    super(message)
    this.fields = fields
  }
}

/**
 * The sorted reply. `limited` means rejected by a rate limit; the call may be retried once that has passed.
 */
export type Sorted<T> =
  | { state: 'answered'; value: T }
  | { state: 'limited'; limits: AnswerLimits; reason: string; detail: string | null }
  | { state: 'unauthorised'; message: string }
  | { state: 'failed'; error: Error }

interface GivenError {
  type?: string
  message?: string
  path?: (string | number)[]
  locations?: unknown
  extensions?: { code?: string; fieldName?: string }
}

interface GraphqlBody<R> {
  data?: R | null
  errors?: GivenError[]
  message?: string
}

/** The assumed duration of a limit for which GitHub gives none. */
const UNKNOWN_LIMIT_S = 60
export const BUDGET_SPENT = "GitHub's hourly budget is used up"
export const BUDGET_RESERVED = "the rest of GitHub's hourly budget is reserved for people"
const PAUSE_REQUESTED = 'GitHub asked for a pause, because too many requests came at once'
const RATE_LIMITED = new Set(['RATE_LIMITED', 'RATE_LIMIT'])
const REFUSED_QUERY = new Set([
  'MAX_NODE_LIMIT_EXCEEDED',
  'MISSING_PAGINATION_BOUNDARIES',
  'EXCESSIVE_PAGINATION',
  'INVALID_PAGINATION',
  'ARGUMENT_LIMIT',
])
const NOT_FOR_US = new Set(['NOT_FOUND', 'FORBIDDEN', 'INSUFFICIENT_SCOPES', 'UNAUTHENTICATED'])

export function sortGraphql<R>(reply: Reply): Sorted<{ data: R; errors: AnswerError[] }> {
  const refusal = sortStatus(reply)
  if (refusal) return refusal
  const body = parse<GraphqlBody<R>>(reply)
  if (!body)
    return failed(new RetryableError(`GitHub's answer is incomplete (${reply.status})`, 'broken'))
  const given = Array.isArray(body.errors) ? body.errors : []
  const errors = given.map((error) => ({
    type: error.type ?? null,
    message: error.message ?? 'no reason was given',
    path: error.path ?? [],
  }))
  const limit = errors.find((error) => isLimitMessage(error, !body.data))
  if (limit) return limited(reply, limit.message)
  const tooMuch = errors.find((error) => error.type === 'RESOURCE_LIMITS_EXCEEDED')
  if (tooMuch) return failed(new RetryableError(tooMuch.message, 'resource_limits'))
  const unknown = unknownFields(given)
  if (unknown) return failed(unknown)
  const refused = given.find((error) => isRefusal(error, !body.data))
  if (refused) return failed(new FatalError(`GitHub refuses the query: ${refused.message}`))
  // It is unknown what an error without a path has invalidated.
  const pathless = errors.find(({ path }) => path.length === 0)
  if (body.data && !pathless) return { state: 'answered', value: { data: body.data, errors } }
  const cause = pathless ?? errors[0]
  const message = cause?.message ?? body.message ?? 'the answer has neither data nor an error'
  return failed(new RetryableError(`GitHub: ${message}`, timedOut(message) ? 'timeout' : 'broken'))
}

/** Recognizes rate limits by type. A secondary limit has none; if there is no data, the message is enough. */
function isLimitMessage({ type, message }: AnswerError, isAll: boolean): boolean {
  return (
    RATE_LIMITED.has(type ?? '') || isSecondary(message) || (isAll && /rate limit/i.test(message))
  )
}

/** True if the query is invalid or these credentials may not make it, so that a retry cannot help. */
function isRefusal({ type = '', message = '', ...error }: GivenError, isAll: boolean): boolean {
  if (REFUSED_QUERY.has(type)) return true
  if (!isAll || timedOut(message)) return false
  return Boolean(error.extensions?.code ?? error.locations) || NOT_FOR_US.has(type)
}

function unknownFields(given: GivenError[]): UnknownFieldsError | null {
  const fields = given.flatMap(({ extensions, path }): QueryField[] => {
    const { code, fieldName } = extensions ?? {}
    if (code !== 'undefinedField' || !fieldName) return []
    const [definition = 'query', ...fields] = (path ?? []).map(String)
    const parents = fields.slice(0, -1).filter((part) => !part.startsWith('...'))
    return [{ definition: definition.replace(/^query .*/, 'query'), parents, field: fieldName }]
  })
  const message = given[0]?.message ?? ''
  return fields.length > 0
    ? new UnknownFieldsError(`GitHub refuses the query: ${message}`, fields)
    : null
}

/** Statuses that describe the requested resource and count as a normal answer. */
const TELLING = new Set([304, 404, 409, 410, 451])

export interface SortedRead<T> {
  status: number
  body: T | null
  /** Why GitHub does not give it to anybody. */
  blocked?: string
}

export function sortRest<T>(reply: Reply): Sorted<SortedRead<T>> {
  const { status } = reply
  const blocked = blockOf(reply)
  if (blocked) return { state: 'answered', value: { status, body: null, blocked } }
  if (TELLING.has(status)) return { state: 'answered', value: { status, body: null } }
  const refusal = sortStatus(reply)
  if (refusal) return refusal
  const body = parse<T>(reply)
  if (!body)
    return failed(new RetryableError(`GitHub's answer is incomplete (${status})`, 'broken'))
  return { state: 'answered', value: { status, body } }
}

/** Returns the reason why GitHub has blocked what was requested; null if it has not. */
function blockOf(reply: Reply): string | null {
  if (reply.status !== 403 && reply.status !== 451) return null
  const body = parse<{ block?: { reason?: string }; message?: string }>(reply)
  return body?.block || /access blocked/i.test(body?.message ?? '')
    ? (body?.block?.reason ?? 'no reason given')
    : null
}

/**
 * Sorts a reply by its status, and by the message of a rejection; returns null if the body has to be read.
 */
function sortStatus(reply: Reply): Exclude<Sorted<never>, { state: 'answered' }> | null {
  const { status, headers } = reply
  if (status === 200) return null
  const message = messageOf(reply)
  if (status === 403 || status === 429) {
    if (readLimits(headers).remaining === 0) return limited(reply, message)
    const isLimit = retryAfter(headers) !== null || /rate limit|abuse detection/i.test(message)
    if (status === 429 || isLimit) return pausing(reply, message)
    if (!isSuspension(message))
      return failed(new FatalError(`GitHub refuses the request: ${message}`))
  }
  if (status === 401 || status === 403) return { state: 'unauthorised', message }
  if (status === 502 || status === 504)
    return failed(new RetryableError(`GitHub timed out (${status})`, 'timeout'))
  if (status >= 500)
    return failed(new RetryableError(`GitHub has a server error (${status})`, 'server'))
  if (status === 408) return failed(new RetryableError('GitHub timed out (408)', 'timeout'))
  return failed(new FatalError(`GitHub answered ${status}: ${message}`))
}

/** Sorts a limit as the hourly budget, unless GitHub marks it as secondary or tells how long to wait. */
function limited(reply: Reply, answer: string): Sorted<never> & { state: 'limited' } {
  if (retryAfter(reply.headers) !== null || isSecondary(answer)) return pausing(reply, answer)
  const limits = spent(readLimits(reply.headers), answer)
  return { state: 'limited', limits, reason: BUDGET_SPENT, detail: answer }
}

function pausing(reply: Reply, detail: string): Sorted<never> & { state: 'limited' } {
  const limits = readLimits(reply.headers)
  const wait = retryAfter(reply.headers)
  // If it gives no duration, GitHub asks to wait for the reset of an exhausted budget.
  const seconds = wait ?? (limits.remaining === 0 ? limits.secondsLeft : null)
  const reason = PAUSE_REQUESTED
  return {
    state: 'limited',
    limits: { ...limits, pause: { seconds, reason, detail } },
    reason,
    detail,
  }
}

/**
 * Builds the error from this process's clock, for limits that the governor, whose time is exact, has not
 * noted.
 */
export function limitError({
  limits,
  reason,
  detail,
}: Sorted<never> & { state: 'limited' }): RateLimitedError {
  const seconds = limits.pause?.seconds ?? limits.secondsLeft ?? UNKNOWN_LIMIT_S
  return new RateLimitedError(reason, new Date(Date.now() + seconds * 1000), { detail })
}

export function limitOf({
  message: reason,
  until,
  detail,
}: RateLimitedError): Sorted<never> & { state: 'limited' } {
  const seconds = Math.max(0, (until.getTime() - Date.now()) / 1000)
  const limits = { resource: null, limit: null, remaining: null, secondsLeft: null }
  return {
    state: 'limited',
    limits: { ...limits, pause: { seconds, reason, detail } },
    reason,
    detail,
  }
}

/** A primary limit: the budget is exhausted, whatever the headers report as remaining. */
function spent(limits: AnswerLimits, detail: string): AnswerLimits {
  if (limits.secondsLeft === null)
    return { ...limits, pause: { seconds: null, reason: BUDGET_SPENT, detail } }
  return { ...limits, remaining: 0 }
}

function isSecondary(message: string): boolean {
  return /secondary rate limit|abuse detection/i.test(message)
}

export function isSuspension(message: string): boolean {
  return /suspended/i.test(message)
}

function timedOut(message: string): boolean {
  return /timed? ?out|couldn't respond to your request in time|something went wrong/i.test(message)
}

function failed(error: Error): { state: 'failed'; error: Error } {
  return { state: 'failed', error }
}

function parse<T>({ headers, text }: Reply): T | null {
  if (!headers.get('content-type')?.includes('json')) return null
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' ? (value as T) : null
  } catch {
    return null
  }
}

function messageOf(reply: Reply): string {
  const message = parse<{ message?: unknown }>(reply)?.message
  return typeof message === 'string' ? message.slice(0, 500) : `status ${reply.status}`
}
