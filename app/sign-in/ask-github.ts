/** One call to GitHub with the token of a person. */
import { RateLimitedError, RetryableError } from '#app/config/errors.server.ts'
import { fetchWithin } from '#app/config/fetch-within.server.ts'
import { limitError, sortRest } from '#app/github/errors.ts'

const DEADLINE_MS = 10_000

export interface UserCall {
  apiUrl: string
  token: string
}

export type UserAnswer =
  | { kind: 'body'; body: unknown; etag: string | null; sso: string | null }
  /** Nothing has changed since the ETag. */
  | { kind: 'same'; sso: string | null }
  /** GitHub does not give it to this token. `sso` is the header about SAML sessions. */
  | { kind: 'refused'; status: number; sso: string | null }
  /** Nobody knows: GitHub fails, limits the rate, or cannot be reached. */
  | { kind: 'away'; reason: string }

/** @param path of the REST API, with its query. @param etag of the last answer. */
export async function askAs(
  { apiUrl, token }: UserCall,
  path: string,
  etag: string | null = null,
): Promise<UserAnswer> {
  try {
    const response = await fetchWithin(`${apiUrl}${path}`, {
      headers: {
        ...{ accept: 'application/vnd.github+json', 'user-agent': 'whence' },
        authorization: `Bearer ${token}`,
        ...(etag !== null && { 'if-none-match': etag }),
      },
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
    return sort(response.status, response.headers, await response.text())
  } catch (cause) {
    return { kind: 'away', reason: `GitHub did not answer: ${(cause as Error).message}` }
  }
}

function sort(status: number, headers: Headers, text: string): UserAnswer {
  const sso = headers.get('x-github-sso')
  const sorted = sortRest<unknown>({ status, headers, text })
  switch (sorted.state) {
    case 'answered':
      if (status === 304) return { kind: 'same', sso }
      if (sorted.value.body === null) return { kind: 'refused', status, sso }
      return { kind: 'body', body: sorted.value.body, etag: headers.get('etag'), sso }
    case 'limited':
      return { kind: 'away', reason: limitError(sorted).message }
    case 'unauthorised':
      return { kind: 'refused', status, sso }
    case 'failed': {
      const isPassing =
        sorted.error instanceof RetryableError || sorted.error instanceof RateLimitedError
      return isPassing || status >= 500
        ? { kind: 'away', reason: sorted.error.message }
        : { kind: 'refused', status, sso }
    }
  }
}
