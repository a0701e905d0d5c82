/** GitHub as the sync sees it: one GraphQL query, or one REST read, of an installation. */
import type pg from 'pg'
import type { Config } from '../env.server.ts'
import { FatalError, RateLimitedError, RetryableError } from '../errors.server.ts'
import type { Logger } from '../logger.server.ts'
import { type Credentials, openCredentials } from './credentials.ts'
import { type AnswerError, type Reply, type Sorted, sortGraphql, sortRest } from './errors.ts'
import { noteEtag, readEtag } from './etags.ts'
import { type Caller, openGovernor, type Resource } from './governor.ts'
import { readLimits } from './limits.ts'
import type { Query } from './queries/query.ts'

export type { AnswerError } from './errors.ts'
export type { Caller } from './governor.ts'

const DEADLINE_MS = 60_000
const UNKNOWN_LIMIT_MS = 60_000

export interface Answer<R> {
  data: R
  /** What came beside the data: each spoils what its path names. */
  errors: AnswerError[]
  /** GitHub's clock. */
  at: Date
}

export interface RestAnswer<T> {
  status: number
  /** Null where the status is not 200: 404, 409, 410 and 451 are answers too. */
  body: T | null
  /** The address of the next page. */
  next: string | null
  at: Date
}

export interface GithubClient {
  /** @throws RateLimitedError, RetryableError, FatalError */
  query<V, R>(caller: Caller, query: Query<V, R>, variables: V): Promise<Answer<R>>
  /** @param path or an address that a page gave as the next. @throws as `query`. */
  read<T>(caller: Caller, path: string): Promise<RestAnswer<T>>
}

export interface GithubOptions {
  pool: pg.Pool
  config: Config
  logger: Logger
}

export function openGithub({ pool, config, logger }: GithubOptions): GithubClient {
  const governor = openGovernor(pool, logger)
  const credentials = openCredentials(pool, config, logger)
  const base = config.GITHUB_API_URL.replace(/\/$/, '')
  const graphqlUrl = base.endsWith('/api/v3') ? base.replace(/v3$/, 'graphql') : `${base}/graphql`

  function exchange<T>(
    caller: Caller,
    resource: Resource,
    ask: (token: string) => Promise<{ reply: Reply; sorted: Sorted<T> }>,
  ) {
    return withToken(credentials, caller, (token) =>
      governor.call(caller, resource, async () => {
        const value = await ask(token)
        const { sorted } = value
        const limits = sorted.state === 'limited' ? sorted.limits : readLimits(value.reply.headers)
        return { limits, value }
      }),
    )
  }

  return {
    async query<V, R>(caller: Caller, query: Query<V, R>, variables: V) {
      const body = JSON.stringify({ query: query.text, variables })
      const { reply, value } = await exchange(caller, 'graphql', async (token) => {
        const answer = await send(graphqlUrl, { caller, token, method: 'POST', body })
        return { reply: answer, sorted: sortGraphql<R>(answer) }
      })
      return { ...value, at: timeOf(reply) }
    },
    async read<T>(caller: Caller, path: string) {
      const url = addressOf(base, path)
      const stored = await readEtag<T>(pool, caller.installationId, url)
      const headers: Record<string, string> = stored ? { 'if-none-match': stored.etag } : {}
      const { reply, value } = await exchange(caller, 'core', async (token) => {
        const answer = await send(url, { caller, token, method: 'GET', headers })
        return { reply: answer, sorted: sortRest<T>(answer) }
      })
      const at = timeOf(reply)
      if (value.status === 304 && stored)
        return { status: 200, body: stored.body, next: nextOf(stored.link), at }
      const link = reply.headers.get('link')
      const etag = reply.headers.get('etag')
      if (etag && value.body !== null)
        await noteEtag(pool, caller.installationId, { url, etag, link, body: value.body })
      return { status: value.status, body: value.body, next: nextOf(link), at }
    },
  }
}

/** A token that GitHub no longer accepts is replaced once. */
async function withToken<T>(
  credentials: Credentials,
  caller: Caller,
  ask: (token: string) => Promise<{ reply: Reply; sorted: Sorted<T> }>,
): Promise<{ reply: Reply; value: T }> {
  for (let attempt = 1; ; attempt++) {
    const token = await credentials.tokenOf(caller.installationId, { replace: attempt > 1 })
    const { reply, sorted } = await ask(token)
    if (sorted.state === 'answered') return { reply, value: sorted.value }
    if (sorted.state === 'failed') throw sorted.error
    if (sorted.state === 'limited') throw limitOf(sorted)
    if (attempt > 1)
      throw new FatalError(`GitHub accepts no token of this installation: ${sorted.message}`)
  }
}

/** The governor has noted it by its own clock; this is for the item that met it. */
function limitOf({ limits, reason }: Sorted<never> & { state: 'limited' }): RateLimitedError {
  const seconds = limits.pause ? limits.pause.seconds : limits.secondsLeft
  const ms = seconds === null ? UNKNOWN_LIMIT_MS : seconds * 1000
  return new RateLimitedError(reason, new Date(Date.now() + ms))
}

interface Sending {
  caller: Caller
  token: string
  method: 'GET' | 'POST'
  body?: string
  headers?: Record<string, string>
}

async function send(
  url: string,
  { caller, token, method, body, headers }: Sending,
): Promise<Reply> {
  const deadline = AbortSignal.timeout(DEADLINE_MS)
  const signal = caller.signal ? AbortSignal.any([caller.signal, deadline]) : deadline
  try {
    const response = await fetch(url, {
      method,
      signal,
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
    caller.signal?.throwIfAborted()
    if (deadline.aborted)
      throw new RetryableError(`GitHub did not answer within ${DEADLINE_MS / 1000} s`, 'timeout', {
        cause,
      })
    throw new RetryableError(`The connection to GitHub broke: ${reasonOf(cause)}`, 'broken', {
      cause,
    })
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  const { code } = (cause ?? {}) as NodeJS.ErrnoException
  return code ?? message
}

/** Tokens go to the API alone, whatever a page says is the next. */
function addressOf(base: string, path: string): string {
  const url = new URL(path.startsWith('/') ? base + path : path)
  if (url.origin !== new URL(base).origin)
    throw new FatalError(`GitHub named a next page at another address: ${url.origin}`)
  return url.href
}

function timeOf({ headers }: Reply): Date {
  const time = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(time) ? new Date() : new Date(time)
}

function nextOf(link: string | null): string | null {
  return /<([^>]+)>;\s*rel="next"/.exec(link ?? '')?.[1] ?? null
}
