/**
 * Calls GitHub for `whence verify`: retries patiently, uses one point per call, and never accepts an error as
 * data.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  FatalError,
  OperatorError,
  RateLimitedError,
  RetryableError,
} from '#app/config/errors.server.ts'
import type { Caller, GithubAnswer, GithubClient } from '#app/github/client.ts'
import type { GraphqlQuery } from '#app/github/queries/query.ts'
import { sortNodes } from '#app/github/sort-nodes.ts'

/** A rate limit that ends within this time is waited for. */
const SHORT_MS = 90_000
const WORTH_TELLING_MS = 5_000
/** Number of consecutive failed calls after which it gives up. */
const MOST_FAILURES = 3

export interface Questioner {
  github: GithubClient
  caller: Caller
  /** Pause after the first failed call, in milliseconds; doubled after the second. */
  pauseMs: number
  /** Prints a progress line. */
  print: (line: string) => Promise<void>
  /** Every query here costs one point, and a failed call may have been charged too. */
  points: { spent: number }
}

/**
 * @param take extracts the result from the response; if it throws a RetryableError, the call is retried.
 * @throws OperatorError if a rate limit lasts long, RetryableError after the last attempt, FatalError.
 */
export async function askGithub<V, R, T>(
  asking: Questioner,
  query: GraphqlQuery<V, R>,
  variables: V,
  take: (answer: GithubAnswer<R>) => T,
): Promise<T> {
  const { github, caller, points, pauseMs } = asking
  for (let failures = 0; ; ) {
    points.spent++
    try {
      return take(await github.query(caller, query, variables))
    } catch (error) {
      if (error instanceof RateLimitedError) {
        points.spent--
        await waitOut(asking, error)
      } else if (!(error instanceof RetryableError)) throw error
      else {
        failures++
        if (failures === MOST_FAILURES || error.kind === 'resource_limits') throw error
        await sleep(pauseMs * failures, undefined, { signal: caller.signal })
      }
    }
  }
}

async function waitOut({ caller, print }: Questioner, { message, until }: RateLimitedError) {
  const ms = Math.max(0, until.getTime() - Date.now())
  if (ms > SHORT_MS)
    throw new OperatorError(
      `The rate limit of GitHub is reached: ${message}`,
      `Run the command again after ${until.toISOString()}.`,
    )
  if (ms > WORTH_TELLING_MS) await print(`Waiting ${Math.ceil(ms / 1000)} s for GitHub: ${message}`)
  await sleep(ms, undefined, { signal: caller.signal })
}

/** Returns true if a smaller request may succeed where this one failed. */
export function mayBeTooMuch(error: unknown): boolean {
  return error instanceof RetryableError && error.kind !== 'broken'
}

/** Nodes by id; null for a node that no longer exists. */
export type FoundNodes<Node> = Map<string, Node | null>

/**
 * Returns the requested nodes by id.
 *
 * @throws FatalError if GitHub refuses access to a node, RetryableError if a node is incomplete.
 */
export function findNodes<Node extends object>(
  ids: string[],
  answer: Parameters<typeof sortNodes<string, Node>>[1],
  lists: (keyof Node & string)[],
): FoundNodes<Node> {
  const { complete, missing, refused } = sortNodes(ids, answer, { own: lists })
  const [first] = refused
  if (first) throw new FatalError(`GitHub refuses ${first.target}: ${first.reason}`)
  if (complete.length + missing.length < ids.length)
    throw new RetryableError(
      answer.errors[0]?.message ?? 'GitHub returned only part of an answer',
      'broken',
    )
  return new Map([
    ...complete.map(({ target, node }) => [target, node] as const),
    ...missing.map((id) => [id, null] as const),
  ])
}

/** Reads nodes by id, in halves if GitHub cannot return all of them at once. */
export async function inHalves<Node>(
  ids: string[],
  read: (ids: string[]) => Promise<FoundNodes<Node>>,
): Promise<FoundNodes<Node>> {
  try {
    return await read(ids)
  } catch (error) {
    if (ids.length <= 1 || !mayBeTooMuch(error)) throw error
    const middle = Math.ceil(ids.length / 2)
    const first = await inHalves(ids.slice(0, middle), read)
    return new Map([...first, ...(await inHalves(ids.slice(middle), read))])
  }
}
