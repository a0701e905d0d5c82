/** The GitHub client of the sync: one GraphQL query, or one REST read, for an installation. */

import type { Config } from '#app/config/env.server.ts'
import { FatalError } from '#app/config/errors.server.ts'
import { readConnection } from './connection/read-connection.ts'
import { openCredentials } from './credentials.ts'
import {
  type AnswerError,
  type Reply,
  sortGraphql,
  sortRest,
  UnknownFieldsError,
} from './errors.ts'
import { noteEtag, readEtag } from './etags.ts'
import { openExchange } from './exchange.ts'
import { type Caller, type GovernorOptions, openGovernor } from './governor.ts'
import type { GraphqlQuery } from './queries/query.ts'
import { openQueryTexts } from './query-texts.ts'
import { sendOnce } from './send.ts'

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
  /** Why GitHub gives it to nobody (403 or 451); absent if it does. */
  blocked?: string
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
  /** Pause before the first retry with a token that is too young; doubled for each further one. */
  youngPauseMs?: number
}

export function openGithub(options: GithubOptions): GithubClient {
  const { pool, config, logger, youngPauseMs = 1000 } = options
  const exchange = openExchange({
    governor: openGovernor(options),
    credentials: openCredentials(pool, config, logger),
    youngPauseMs,
  })
  const texts = openQueryTexts(logger)

  async function askGraphql<V, R>(caller: Caller, query: GraphqlQuery<V, R>, variables: V) {
    const text = texts.of(query.text)
    const body = JSON.stringify({ query: text, variables })
    const graphqlUrl = graphqlOf((await readConnection(pool, config)).apiUrl)
    return exchange(caller, 'graphql', async (token) => {
      const answer = await sendOnce(graphqlUrl, { signal: caller.signal, token, body })
      return { reply: answer, sorted: sortGraphql<R>(answer) }
    }).catch((error: unknown) => {
      if (error instanceof UnknownFieldsError && texts.learn(query, text, error)) return null
      throw error
    })
  }

  return {
    async query<V, R>(caller: Caller, query: GraphqlQuery<V, R>, variables: V) {
      for (;;) {
        const answer = await askGraphql(caller, query, variables)
        if (!answer) continue
        texts.noteErrors(query.name, answer.value.errors)
        return { ...answer.value, at: timeOf(answer.reply) }
      }
    },
    async read<T>(caller: Caller, path: string) {
      const url = addressOf((await readConnection(pool, config)).apiUrl, path)
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
      return { ...value, next: nextOf(link), at }
    },
  }
}

function graphqlOf(base: string): string {
  return base.endsWith('/api/v3') ? base.replace(/v3$/, 'graphql') : `${base}/graphql`
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
  return /<([^<>]+)>;\s{0,8}rel="next"/.exec(link ?? '')?.[1] ?? null
}
