/** The GitHub client of the sync: one GraphQL query, or one REST read, for an installation. */
import type { Config } from '#app/config/env.server.ts'
import { FatalError, RateLimitedError } from '#app/config/errors.server.ts'
import { refuseInside } from '#app/database/transaction.server.ts'
import { type Credentials, openCredentials } from './credentials.ts'
import {
  type AnswerError,
  limitError,
  limitOf,
  type Reply,
  type Sorted,
  sortGraphql,
  sortRest,
} from './errors.ts'
import { noteEtag, readEtag } from './etags.ts'
import { type Caller, type GovernorOptions, openGovernor, type Resource } from './governor.ts'
import { type AnswerLimits, readLimits } from './limits.ts'
import type { GraphqlQuery } from './queries/query.ts'
import { baseOf, sendOnce } from './send.ts'

export type { AnswerError } from './errors.ts'
export type { Caller } from './governor.ts'

export interface GithubAnswer<R> {
  data: R
  /** Errors that accompany the data; each invalidates what its path names. */
  errors: AnswerError[]
  /** Time of the answer by GitHub's clock. */
  at: Date
}

export interface RestAnswer<T> {
  status: number
  /** Null if the status is not 200; 404, 409, 410 and 451 are valid answers too. */
  body: T | null
  /** URL of the next page. */
  next: string | null
  at: Date
}

export interface GithubClient {
  /** @throws RateLimitedError, RetryableError, FatalError */
  query<V, R>(caller: Caller, query: GraphqlQuery<V, R>, variables: V): Promise<GithubAnswer<R>>
  /** @param path path, or the URL of a next page. @throws the errors of `query`. */
  read<T>(caller: Caller, path: string): Promise<RestAnswer<T>>
}

export interface GithubOptions extends GovernorOptions {
  config: Config
}

export function openGithub(options: GithubOptions): GithubClient {
  const { pool, config, logger } = options
  const governor = openGovernor(options)
  const credentials = openCredentials(pool, config, logger)
  const base = baseOf(config)
  const graphqlUrl = base.endsWith('/api/v3') ? base.replace(/v3$/, 'graphql') : `${base}/graphql`

  /** Makes one call under a slot; a token that GitHub no longer accepts is replaced once. */
  async function exchange<T>(caller: Caller, resource: Resource, ask: Ask<T>) {
    refuseInside('GitHub')
    for (let attempt = 1; ; attempt++) {
      const { value, until } = await governor.call(caller, resource, async () => {
        const answered = await askWithToken(credentials, caller, { replace: attempt > 1, ask })
        return { limits: limitsOf(answered), value: answered }
      })
      const { reply, sorted } = value
      if (sorted.state === 'answered') return { reply, value: sorted.value }
      if (sorted.state === 'failed') throw sorted.error
      if (sorted.state === 'limited')
        throw until ? new RateLimitedError(sorted.reason, until, sorted) : limitError(sorted)
      if (attempt > 1) throw await credentials.explain(caller.installationId, sorted.message)
    }
  }

  return {
    async query<V, R>(caller: Caller, query: GraphqlQuery<V, R>, variables: V) {
      const body = JSON.stringify({ query: query.text, variables })
      const { reply, value } = await exchange(caller, 'graphql', async (token) => {
        const answer = await sendOnce(graphqlUrl, { signal: caller.signal, token, body })
        return { reply: answer, sorted: sortGraphql<R>(answer) }
      })
      return { ...value, at: timeOf(reply) }
    },
    async read<T>(caller: Caller, path: string) {
      const url = addressOf(base, path)
      const stored = await readEtag<T>(pool, caller.installationId, url)
      const headers: Record<string, string> = stored ? { 'if-none-match': stored.etag } : {}
      const { reply, value } = await exchange(caller, 'core', async (token) => {
        const answer = await sendOnce(url, { signal: caller.signal, token, headers })
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

interface TokenAnswer<T> {
  reply: Reply
  sorted: Sorted<T>
}
type Ask<T> = (token: string) => Promise<TokenAnswer<T>>

const NO_REPLY: Reply = { status: 0, headers: new Headers(), text: '' }

/** Makes a call with a token. A rate limit on the request for the token counts as a limit of the call. */
async function askWithToken<T>(
  credentials: Credentials,
  { installationId }: Caller,
  { replace, ask }: { replace: boolean; ask: Ask<T> },
): Promise<TokenAnswer<T>> {
  let token: string
  try {
    token = await credentials.tokenOf(installationId, { replace })
  } catch (error) {
    if (!(error instanceof RateLimitedError)) throw error
    return { reply: NO_REPLY, sorted: limitOf(error) }
  }
  return ask(token)
}

function limitsOf({ reply, sorted }: TokenAnswer<unknown>): AnswerLimits {
  return sorted.state === 'limited' ? sorted.limits : readLimits(reply.headers)
}

/**
 * Resolves a path and rejects other hosts, because tokens must reach only the API, whatever a page links to.
 */
function addressOf(base: string, path: string): string {
  const url = new URL(path.startsWith('/') ? base + path : path)
  if (url.origin !== new URL(base).origin)
    throw new FatalError(`GitHub named a next page on another host: ${url.origin}`)
  return url.href
}

function timeOf({ headers }: Reply): Date {
  const time = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(time) ? new Date() : new Date(time)
}

function nextOf(link: string | null): string | null {
  return /<([^>]+)>;\s*rel="next"/.exec(link ?? '')?.[1] ?? null
}
