/** Why a call with the App's own key failed: the same sorting as of any other answer, and the mend. */
import { FatalError, RetryableError } from '#app/config/errors.server.ts'
import { isSuspension, limitError, type Reply, sortRest } from './errors.ts'

export interface AppFailure {
  error: Error
  /** Why the installation that it was about can be read no more. */
  inactive: string | null
}

export const SUSPENDED = 'suspended on GitHub'
export const UNINSTALLED = 'uninstalled on GitHub'
const CHECK_KEY = 'check GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY'

/** What Octokit throws; without a status it never got as far as GitHub. */
interface OctokitError extends Error {
  status?: number
  response?: { status: number; headers: Record<string, string | number>; data: unknown }
}

export function explainApp(cause: unknown): AppFailure {
  if (cause instanceof RetryableError) return { error: cause, inactive: null }
  const { status, response, message } = cause as OctokitError
  if (status === undefined)
    return plain(new FatalError(`The App's key cannot be used (${message}): ${CHECK_KEY}`))
  if (!response)
    return plain(new RetryableError(`The connection to GitHub was lost: ${message}`, 'broken'))
  const sorted = sortRest(replyOf(response))
  if (sorted.state === 'failed') return plain(sorted.error)
  if (sorted.state === 'limited') return plain(limitError(sorted))
  if (isSuspension(message)) return deactivating(SUSPENDED)
  // An App that GitHub does not know is no sign that its installations are gone.
  if (status === 404 && !/integration not found/i.test(message)) return deactivating(UNINSTALLED)
  return plain(new FatalError(`GitHub does not accept the App's key: ${CHECK_KEY}`))
}

/** Of an installation that is suspended or gone. */
export function deactivating(inactive: string): AppFailure {
  return {
    error: new FatalError(`The installation was ${inactive}: restore it there, then sync again`),
    inactive,
  }
}

function plain(error: Error): AppFailure {
  return { error, inactive: null }
}

function replyOf({ status, headers, data }: NonNullable<OctokitError['response']>): Reply {
  const pairs = Object.entries(headers).map(([name, value]) => [name, String(value)])
  return { status, headers: new Headers(Object.fromEntries(pairs)), text: JSON.stringify(data) }
}
