/** Builds the responses of `/api/v1`: JSON, with every error as problem details. */
import { z } from 'zod'
import { RefusedError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { PROBLEM_TYPE, problemOf } from './problems.ts'

const BODY_LIMIT = 256 * 1024
/** The SQLSTATE for characters that no text in the database can have. */
const NOT_TEXT = '22021'
const STATUS = { unknown: 404, invalid: 422, forbidden: 403 } as const

export function refusal(status: number, detail: string, hint: string): Response {
  const headers = { 'Content-Type': PROBLEM_TYPE, 'Cache-Control': 'no-store' }
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
  if (isOutage(error))
    return { status: 503, detail: 'The database does not answer', hint: 'Try again once it does.' }
  logger.error({ err: error }, 'an API call failed')
  return { status: 500, detail: 'Whence could not answer this request', hint: 'Its log says why.' }
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

/** Recognizes a failed or lost connection by Node's error code, the SQLSTATE or the message. */
export function isOutage(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (typeof code === 'string' && /^(E[A-Z]{4,}|57P0\d|08...|53300)$/.test(code)) return true
  return typeof message === 'string' && /^(Connection terminated|Query read timeout)/.test(message)
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
  allow: 'GET' | 'POST' | 'DELETE' | 'GET, POST' | 'GET, PATCH',
): Response {
  const hint = `Use ${allow.replace(', ', ' or ')}.`
  const response = refusal(405, 'This address does not support that method', hint)
  response.headers.set('Allow', allow)
  return response
}
