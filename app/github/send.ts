import { RetryableError } from '#app/config/errors.server.ts'
import { fetchWithin } from '#app/config/fetch-within.server.ts'
import { timeCall } from './call-times.ts'
import type { Reply } from './errors.ts'

const DEADLINE_MS = 60_000

export interface Sending {
  /** Null for a request without credentials. */
  token: string | null
  /** Sent as a POST request if present. */
  body?: string
  headers?: Record<string, string>
  signal?: AbortSignal
}

/**
 * Makes one HTTP exchange and returns the body as text: Octokit's own parser takes 20 times as long, and
 * accepts truncated bodies.
 *
 * @throws RetryableError if no complete answer arrived; the abort reason if `signal` was aborted.
 */
export function sendOnce(url: string, sending: Sending): Promise<Reply> {
  return timeCall(() => send(url, sending))
}

async function send(
  url: string,
  { token, body, headers, signal: callers }: Sending,
): Promise<Reply> {
  const deadline = AbortSignal.timeout(DEADLINE_MS)
  try {
    const response = await fetchWithin(url, {
      method: body ? 'POST' : 'GET',
      signal: callers ? AbortSignal.any([callers, deadline]) : deadline,
      ...(body && { body }),
      headers: {
        accept: 'application/vnd.github+json',
        ...(token !== null && { authorization: `bearer ${token}` }),
        'user-agent': 'whence',
        'x-github-next-global-id': '1',
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
    })
    return { status: response.status, headers: response.headers, text: await textOf(response) }
  } catch (cause) {
    callers?.throwIfAborted()
    if (cause instanceof RetryableError) throw cause
    if (deadline.aborted)
      throw new RetryableError(`GitHub did not answer within ${DEADLINE_MS / 1000} s`, 'timeout', {
        cause,
      })
    throw new RetryableError(`The connection to GitHub was lost: ${reasonOf(cause)}`, 'broken', {
      cause,
    })
  }
}

/** Decodes an answer as it arrives: tens of megabytes at once would hold up the loop. */
async function textOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body ?? []) text += decoder.decode(chunk, { stream: true })
  return text + decoder.decode()
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  const { code } = (cause ?? {}) as NodeJS.ErrnoException
  return code ?? message
}
