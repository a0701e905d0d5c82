/** Calls of the API of a Whence elsewhere. */
import type { z } from 'zod'
import { problem } from '#app/api/problems.ts'
import type { Remote } from '#app/config/env.server.ts'
import { OperatorError, RetryableError } from '#app/config/errors.server.ts'
import { fetchWithin } from '#app/config/fetch-within.server.ts'
import type { Terminal } from '#server/folder/command-socket.ts'
import { AwayError } from './backend.ts'
import { note } from './context.ts'

/** The longest that an answer takes: a request for code waits for GitHub. */
const TIMEOUT_MS = 120_000
const RETRY_MS = 2_000

export type CallApi = <T>(call: ApiCall<T>) => Promise<T>

interface ApiCall<T> {
  /** Below `/api/v1/`, with its query. */
  path: string
  /** Sent as JSON in a POST request; a GET request has none. */
  body?: object
  answer: z.ZodType<T>
}

/**
 * The token goes to the origin of the address alone: a redirect to another one is an error.
 *
 * @param terminal its signal ends the calls; it is told once that the token ends soon.
 */
export function openApi(remote: Remote, terminal: Terminal): CallApi {
  const { signal } = terminal
  let isWarned = false

  return async ({ path, body, answer }) => {
    const response = await send(remote, { path, body, signal })
    const endsAt = response.headers.get('x-token-expires')
    if (endsAt && !isWarned) {
      isWarned = true
      await note(terminal, `WHENCE_TOKEN expires at ${endsAt}. ${howToGetToken(remote)}`)
    }
    const text = await response.text().catch((error: unknown) => {
      throw unreachable(remote, error, signal)
    })
    const sent = jsonOf(text)
    if (!response.ok) throw refusalOf(remote, response, sent)
    const { error } = answer.safeParse(sent)
    // As it was sent: what is printed has the same fields in the same order as there.
    if (!error) return sent as z.infer<typeof answer>
    const [issue] = error.issues
    throw new OperatorError(
      sent === undefined
        ? `${remote.url} is no Whence: it answered with ${typeOf(response)} instead of JSON`
        : `${remote.url} answers as another version of Whence does: ${issue?.path.join('.')}: ${issue?.message}`,
      sent === undefined ? CHECK_URL : 'Use the version of Whence that runs there.',
    )
  }
}

const CHECK_URL = 'Check WHENCE_URL: it is the address at which a browser shows Whence.'

async function send(
  { url, token }: Remote,
  { path, body, signal }: { path: string; body: object | undefined; signal: AbortSignal },
): Promise<Response> {
  const headers = {
    Accept: 'application/json',
    ...(token !== null && { Authorization: `Bearer ${token}` }),
    ...(body && { 'Content-Type': 'application/json' }),
  }
  try {
    return await fetchWithin(`${url}/api/v1/${path}`, {
      ...{ method: body ? 'POST' : 'GET', headers, body: body ? JSON.stringify(body) : null },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    })
  } catch (error) {
    throw unreachable({ url }, error, signal)
  }
}

/** Explains a call without an answer. Its own signal ends a command with the reason of the signal. */
function unreachable({ url }: Pick<Remote, 'url'>, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  if (error instanceof RetryableError)
    return new OperatorError(error.message, CHECK_URL, { cause: error })
  const { name, message, cause } = error as Error & { cause?: NodeJS.ErrnoException }
  const reason =
    name === 'TimeoutError'
      ? `no answer within ${TIMEOUT_MS / 1_000} s`
      : (cause?.code ?? cause?.message ?? message)
  return new AwayError(
    `Whence at ${url} cannot be reached: ${reason}`,
    'Check WHENCE_URL, and that Whence runs there.',
    { cause: error, retryMs: RETRY_MS },
  )
}

function howToGetToken({ url }: Pick<Remote, 'url'>): string {
  return `Make a token at ${url}/account or ${url}/connect, or with \`whence token create\` on its machine, and set WHENCE_TOKEN to it.`
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Returns the error for an answer that is not a success. */
function refusalOf({ url, token }: Remote, response: Response, sent: unknown): OperatorError {
  const { status, headers } = response
  const { data } = problem.safeParse(sent)
  const retrySeconds = Number(headers.get('retry-after') ?? Number.NaN)
  if (status === 401)
    return new OperatorError(
      token === null
        ? `Whence at ${url} asks for a token, and WHENCE_TOKEN is not set`
        : `Whence at ${url} does not accept WHENCE_TOKEN: ${data?.detail ?? 'it is not valid'}`,
      howToGetToken({ url }),
    )
  if (!data) {
    const message = `${url} answered ${status} with ${typeOf(response)}, not as Whence does`
    return status >= 500
      ? new AwayError(message, 'Try again later: a proxy may be waiting for Whence.', {
          retryMs: RETRY_MS,
        })
      : new OperatorError(message, CHECK_URL)
  }
  const { detail, hint, requestId } = data
  if (status === 429 || status === 503)
    return new AwayError(`Whence at ${url}: ${detail}`, laterHint(retrySeconds, hint), {
      retryMs: Number.isFinite(retrySeconds) ? retrySeconds * 1_000 : RETRY_MS,
    })
  const named = status >= 500 && requestId ? ` (request ${requestId})` : ''
  return new OperatorError(`${detail}${named}`, hint)
}

function laterHint(seconds: number, hint: string): string {
  return Number.isFinite(seconds) ? `Try again in ${seconds} s. ${hint}` : hint
}

function typeOf({ headers }: Response): string {
  const type = headers.get('content-type')?.split(';')[0]?.trim()
  return type === 'text/html' ? 'HTML' : type || 'nothing'
}
