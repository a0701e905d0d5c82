import { GraphqlResponseError, graphql } from '@octokit/graphql'
import { FatalError, RateLimitedError, RetryableError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { explainApp } from './app-errors.ts'
import type { Connection } from './connection/connection.ts'
import { openApp } from './connection/open-app.ts'

const DEADLINE_MS = 10_000
const LIMIT_S = 60

interface Viewer {
  viewer: { login: string }
}

/**
 * Asks GitHub once for the owner of the configured credentials, for troubleshooting. The call belongs to no
 * installation, so it uses neither the governor nor the client of the sync.
 *
 * @throws FatalError, RetryableError, RateLimitedError
 */
export async function checkAccess(connection: Connection, logger: Logger): Promise<string> {
  const { access } = connection
  if (access.kind === 'unreadable') throw new FatalError(`${access.message}: ${access.hint}`)
  const app = openApp(connection, logger)
  try {
    if (app) return `App ${(await app.octokit.request('GET /app')).data?.slug}`
    return `a token of ${(await askViewer(connection)).viewer.login}`
  } catch (cause) {
    throw app ? explainApp(cause).error : explainToken(cause)
  }
}

function askViewer({ access, apiUrl }: Connection): Promise<Viewer> {
  const token = access.kind === 'token' ? access.token : ''
  return graphql<Viewer>('{ viewer { login } }', {
    baseUrl: apiUrl,
    headers: { authorization: `bearer ${token}`, 'user-agent': 'whence' },
    request: { signal: AbortSignal.timeout(DEADLINE_MS) },
  })
}

function explainToken(cause: unknown): Error {
  const { status, message } = cause as Error & { status?: number }
  const detail =
    cause instanceof GraphqlResponseError ? (cause.errors?.[0]?.message ?? '') : message
  if (status === 401)
    return new FatalError('GitHub does not accept the personal token: set one that is valid')
  if (/rate limit/i.test(detail))
    return new RateLimitedError(detail, new Date(Date.now() + LIMIT_S * 1000))
  return new RetryableError(`GitHub did not answer: ${detail}`, 'broken')
}
