import type { Config } from '#app/config/env.server.ts'
import { RetryableError } from '#app/config/errors.server.ts'
import type { Reply } from './errors.ts'

const DEADLINE_MS = 60_000

export interface Sending {
  token: string
  /** With a body it is a POST. */
  body?: string
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** Where REST is; GraphQL is beside it. */
export function baseOf({ GITHUB_API_URL }: Config): string {
  return GITHUB_API_URL.replace(/\/+$/, '')
}

/**
 * One exchange, its body as text: Octokit's own parser takes 20 times as long, and calls a torn body
 * a good one.
 *
 * @throws RetryableError when no whole answer came, or what `signal` was aborted with.
 */
export async function send(
  url: string,
  { token, body, headers, signal: callers }: Sending,
): Promise<Reply> {
  const deadline = AbortSignal.timeout(DEADLINE_MS)
  try {
    const response = await fetch(url, {
      method: body ? 'POST' : 'GET',
      signal: callers ? AbortSignal.any([callers, deadline]) : deadline,
      ...(body && { body }),
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `bearer ${token}`,
        'user-agent': 'whence',
        'x-github-next-global-id': '1',
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
    })
    return { status: response.status, headers: response.headers, text: await response.text() }
  } catch (cause) {
    callers?.throwIfAborted()
    if (deadline.aborted)
      throw new RetryableError(`GitHub did not answer within ${DEADLINE_MS / 1000} s`, 'timeout', {
        cause,
      })
    throw new RetryableError(`The connection to GitHub was lost: ${reasonOf(cause)}`, 'broken', {
      cause,
    })
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  const { code } = (cause ?? {}) as NodeJS.ErrnoException
  return code ?? message
}
