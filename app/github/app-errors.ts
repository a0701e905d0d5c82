/**
 * Explains why a call with the App's own key failed: sorts the error like any other answer, and adds the
 * hint.
 */
import { FatalError, RetryableError } from '#app/config/errors.server.ts'
import { isSuspension, limitError, type Reply, sortRest } from './errors.ts'

export interface AppFailure {
  error: Error
  /** Reason why the installation can no longer be read; null if it still can. */
  inactive: string | null
}

export const SUSPENDED = 'suspended on GitHub'
export const UNINSTALLED = 'uninstalled on GitHub'
/** Somebody else's account has installed the App, and no operator has approved it yet. */
export const UNAPPROVED = 'waiting for approval'
export const SWITCHED_OFF = 'switched off by an operator'
const CHECK_KEY =
  'check its ID and private key, at /setup or in GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY'

/** An error of Octokit. Without a status, the request never reached GitHub. */
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
  // A 404 for the App itself does not mean that its installations were deleted.
  if (status === 404 && !/integration not found/i.test(message)) return deactivating(UNINSTALLED)
  return plain(new FatalError(`GitHub does not accept the App's key: ${CHECK_KEY}`))
}

/** Returns the failure for an installation that is suspended or uninstalled. */
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
