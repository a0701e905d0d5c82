import type { APIError, OpenAI } from 'openai'
import { FatalError } from '#app/config/errors.server.ts'
import { fetchWithin } from '#app/config/fetch-within.server.ts'
import { hideAll, hideSecrets } from '#app/config/secrets.ts'
import { checkAnswer } from './check-answer.ts'
import { BrokenAnswerError, ProviderUnavailableError, RefusedRequestError } from './errors.ts'
import type { EmbeddingProvider } from './provider.ts'
import { OPENAI_LIMITS } from './weight.ts'

export interface OpenaiOptions {
  apiKey?: string | undefined
  baseUrl?: string | undefined
  model: string
  dimensions: number
  /** Sent only if configured: not every model and endpoint supports the field. */
  requestedDimensions: number | null
  outside: string | null
  deadlineMs?: number
}

const DEADLINE_MS = 60_000
const FIRST_WAIT_MS = 5_000
const MAX_WAIT_MS = 300_000
const MAX_TEXT = 300
// Parameters that OpenAI names in errors not caused by the input, for which halving the request would not
// help.
const OTHER_FIELDS = new Set(['model', 'dimensions', 'encoding_format'])

/**
 * Creates a provider for an endpoint with OpenAI's API. Neither error messages nor their causes contain the
 * key.
 */
export function openaiProvider(options: OpenaiOptions): EmbeddingProvider {
  const { model, dimensions, requestedDimensions, outside } = options
  const availability = trackAvailability()
  let opening: Promise<OpenAI> | null = null

  async function ask(texts: string[], signal: AbortSignal): Promise<unknown> {
    opening ??= openClient(options)
    const client = await opening
    const field = requestedDimensions === null ? {} : { dimensions: requestedDimensions }
    // The client's own timeout covers the headers only; this one covers the entire answer.
    const deadline = AbortSignal.timeout(options.deadlineMs ?? DEADLINE_MS)
    const both = AbortSignal.any([signal, deadline])
    // A key in a text would end up in the logs of others; the vector hardly changes.
    const input = outside === null ? texts : texts.map(hideAll)
    const work = client.embeddings.create(
      { input, model, encoding_format: 'float', ...field },
      { signal: both },
    )
    return await work
  }

  async function embed(texts: string[], signal: AbortSignal): Promise<Float32Array[]> {
    signal.throwIfAborted()
    availability.check()
    const known = availability.failures()
    const answer = await ask(texts, signal).catch((error: unknown) => {
      signal.throwIfAborted()
      throw sortFailure(error, options, availability)
    })
    availability.succeed(known)
    return checkAnswer(answer, texts.length, dimensions)
  }
  return { provider: 'openai', model, dimensions, outside, limits: OPENAI_LIMITS, embed }
}

async function openClient({ apiKey, baseUrl }: OpenaiOptions): Promise<OpenAI> {
  const { OpenAI } = await import('openai')
  return new OpenAI({
    apiKey: apiKey ?? 'none',
    ...(!apiKey && { defaultHeaders: { Authorization: null } }),
    baseURL: baseUrl ?? null,
    fetch: (url, init) => fetchWithin(String(url), init),
    // Configuration comes from `env.server.ts` alone, and the ledger handles retries.
    organization: null,
    project: null,
    adminAPIKey: null,
    webhookSecret: null,
    logLevel: 'off',
    maxRetries: 0,
    timeout: 10 * DEADLINE_MS,
  })
}

/**
 * Tracks whether the endpoint may be called: after a failure, not before the time it named, or else with
 * exponential backoff.
 */
function trackAvailability() {
  let failures = 0
  let last: ProviderUnavailableError | null = null
  return {
    check(): void {
      if (last && last.until.getTime() > Date.now()) throw last
    },
    /** @param known the number of failures when the request was sent; a later failure still counts. */
    succeed(known: number): void {
      if (known === failures) failures = 0
    },
    failures: () => failures,
    /** @param requestedMs the wait that the endpoint requested, if any. */
    fail(message: string, requestedMs: number | null): ProviderUnavailableError {
      const grown = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 10))
      const wait = requestedMs ?? grown * (0.75 + Math.random() / 2)
      failures++
      last = new ProviderUnavailableError(message, new Date(Date.now() + wait))
      return last
    },
  }
}

function sortFailure(
  error: unknown,
  options: OpenaiOptions,
  availability: ReturnType<typeof trackAvailability>,
): Error {
  const { status, headers, param } = error as Partial<APIError>
  const detail = describeError(error, options)
  // A response that is truncated or not JSON ends up here too.
  if (error instanceof SyntaxError) return new BrokenAnswerError('The answer is not JSON')
  if (status === undefined) return availability.fail(`The provider did not answer: ${detail}`, null)
  const named = param && OTHER_FIELDS.has(param)
  const wrong = `The provider refuses the requests (${detail}).`
  switch (status) {
    case 400:
    case 413:
    case 422:
      if (named) return new FatalError(`${wrong} Correct EMBEDDING_MODEL and EMBEDDING_DIMENSIONS.`)
      return new RefusedRequestError(`The provider refuses the text: ${detail}`)
    case 401:
    case 403:
      return new FatalError(`${wrong} Set OPENAI_API_KEY to a key that can use ${options.model}.`)
    case 404:
      return new FatalError(`${wrong} Correct EMBEDDING_MODEL or OPENAI_BASE_URL.`)
    default:
      if (status !== 408 && status !== 409 && status !== 429 && status < 500)
        return new FatalError(wrong)
      return availability.fail(`The provider answered ${detail}`, retryAfterMs(headers))
  }
}

/** Describes an error without its `cause`: an endpoint may repeat the key in its answer. */
function describeError(
  error: unknown,
  { apiKey, deadlineMs = DEADLINE_MS }: OpenaiOptions,
): string {
  const { name, status, message } = error as Partial<APIError>
  if (status === 401) return 'HTTP 401'
  if (name === 'TimeoutError' || name === 'AbortError' || /abort/i.test(message ?? ''))
    return `no answer within ${deadlineMs / 1000} s`
  const text = status === undefined ? rootOf(error) : message
  const full = `${status ? 'HTTP ' : ''}${text ?? String(error)}`
  const bare = apiKey ? full.replaceAll(apiKey, '[secret]') : full
  return hideSecrets(bare).slice(0, MAX_TEXT)
}

/** Returns the message of the innermost cause, which describes the failure of a connection. */
function rootOf(error: unknown): string | undefined {
  let root = error
  while (root instanceof Error && root.cause) root = root.cause
  return root instanceof Error ? root.message : undefined
}

/** Parses `retry-after-ms`, or `retry-after` in seconds or as a date. */
export function retryAfterMs(headers: Headers | undefined): number | null {
  const milliseconds = Number.parseFloat(headers?.get('retry-after-ms') ?? '')
  if (milliseconds >= 0) return milliseconds
  const text = headers?.get('retry-after') ?? ''
  const seconds = /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : Number.NaN
  const wait = Number.isNaN(seconds) ? Date.parse(text) - Date.now() : seconds * 1000
  return wait >= 0 ? wait : null
}
