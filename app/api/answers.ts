/** Builds the responses of `/api/v1`: JSON, with every error as problem details. */
import { z } from 'zod'
import { RefusedError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { databaseFailure, FAILURES, warnOf } from '#app/database/failures.ts'
import { PROBLEM_TYPE, problemOf, whereToLook } from './problems.ts'

const BODY_LIMIT = 256 * 1024
/** The SQLSTATE for characters that no text in the database can have. */
const NOT_TEXT = '22021'
const STATUS = { unknown: 404, invalid: 422, forbidden: 403 } as const

/** Seconds after which a request may be sent again whose database failed. */
export const RETRY_SECONDS = 5

export function refusal(status: number, detail: string, hint: string): Response {
  const headers = new Headers({ 'Content-Type': PROBLEM_TYPE, 'Cache-Control': 'no-store' })
  if (status === 503) headers.set('Retry-After', String(RETRY_SECONDS))
  return Response.json(problemOf(status, detail, hint), { status, headers })
}

/** Returns the response of `work`, or problem details if it throws. */
export async function answer(logger: Logger, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    const { status, detail, hint } = explainFailure(logger, error)
    return refusal(status, detail, hint)
  }
}

/** Describes an error to a client; an unexpected error is logged. */
export function explainFailure(
  logger: Logger,
  error: unknown,
): { status: number; detail: string; hint: string } {
  // By name: the bundle of the routes has its own copy of each class, and the search is not part of it.
  const { name, message, hint = '', kind, code } = error as Partial<RefusedError & { code: string }>
  if (name === 'RefusedError')
    return { status: STATUS[kind ?? 'invalid'], detail: message ?? '', hint }
  if (name === 'OperatorError') return { status: 409, detail: message ?? '', hint }
  if (code === NOT_TEXT)
    return { status: 422, detail: 'A value contains U+0000', hint: 'Send it without U+0000.' }
  const unavailable = explainUnavailable(logger, error)
  if (unavailable) return { status: 503, ...unavailable }
  logger.error({ err: error }, 'an API call failed')
  return { status: 500, detail: 'Whence could not answer this request', hint: whereToLook() }
}

/** Recognizes an error with a hint, by name: the bundle of the routes has its own copy of each class. */
export function isExplained(error: unknown): error is Error & { hint: string } {
  return error instanceof Error && /^(RefusedError|OperatorError)$/.test(error.name)
}

/** @throws RefusedError that names each invalid field. */
export function check<T>(shape: z.ZodType<T>, sent: unknown): T {
  const { data, error } = shape.safeParse(sent)
  if (!error) return data as T
  const words = error.issues.map(
    ({ path, message }) => `${path.length > 0 ? path.join('.') : 'body'}: ${message}`,
  )
  throw new RefusedError('invalid', words.join('; '), 'See docs/api.md.')
}

/** Describes a failure of the database that passes, with one line in the log; null for any other error. */
export function explainUnavailable(
  logger: Logger,
  error: unknown,
): { detail: string; hint: string } | null {
  const failure = databaseFailure(error)
  if (!failure) return null
  warnOf(logger, error, 'the database failed a request')
  return { detail: FAILURES[failure].message, hint: FAILURES[failure].hint }
}

/** Returns what a page throws for an error: 503 if the database failed, otherwise the error itself. */
export function unavailable(logger: Logger, error: unknown): unknown {
  const explained = explainUnavailable(logger, error)
  if (!explained) return error
  return new Response(explained.detail, {
    status: 503,
    headers: { 'Retry-After': String(RETRY_SECONDS) },
  })
}

/**
 * Reads the body of a request as JSON; an empty one is `{}`.
 *
 * @throws RefusedError if it is not JSON or too long.
 */
export async function readBody(request: Request): Promise<unknown> {
  const declared = Number(request.headers.get('content-length') ?? 0)
  const text = declared > BODY_LIMIT ? null : await readText(request)
  if (text === null) throw new RefusedError('invalid', 'body: is too long', 'Send a smaller body.')
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw new RefusedError('invalid', 'body: is not JSON', 'Send a JSON object.')
  }
}

async function readText(request: Request): Promise<string | null> {
  if (!request.body) return ''
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > BODY_LIMIT) return null
  }
  return text + decoder.decode()
}

/** @throws RefusedError that names each invalid parameter. */
export function readQuery<T>(request: Request, shape: z.ZodType<T>): T {
  return check(shape, Object.fromEntries(new URL(request.url).searchParams))
}

/** Id of a job or an installation, or a page cursor. */
export const idText = z.string().regex(/^\d{1,18}$/, 'must be a number')

/** Page size of a list. */
export function limitText(otherwise: number, most: number) {
  return z.coerce.number().int().min(1).max(most).default(otherwise)
}

export function methodRefusal(
  allow: 'GET' | 'POST' | 'DELETE' | 'GET, POST' | 'GET, PATCH' | 'DELETE, POST',
): Response {
  const hint = `Use ${allow.replace(', ', ' or ')}.`
  const response = refusal(405, 'This address does not support that method', hint)
  response.headers.set('Allow', allow)
  return response
}
