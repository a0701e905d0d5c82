/** How `whence verify` asks GitHub: patiently, one point a call, and never taking an error for an answer. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  FatalError,
  OperatorError,
  RateLimitedError,
  RetryableError,
} from '#app/config/errors.server.ts'
import type { Answer, Caller, GithubClient } from '#app/github/client.ts'
import type { Query } from '#app/github/queries/query.ts'
import { sortThings } from '#app/github/sort-nodes.ts'

/** A limit that ends within this is waited for. */
const SHORT_MS = 90_000
const WORTH_TELLING_MS = 5_000
/** Calls in a row that may fail. */
const MOST_FAILURES = 3

export interface Asking {
  github: GithubClient
  caller: Caller
  /** After a failed call, in milliseconds; after the second one twice as long. */
  pauseMs: number
  /** A line for the person who waits. */
  tell: (line: string) => Promise<void>
  /** Every document here costs one, and a call that failed may have been charged too. */
  points: { spent: number }
}

/**
 * @param take what is wanted of the answer; a RetryableError that it throws asks again.
 * @throws OperatorError for a limit that lasts, RetryableError after the last attempt, FatalError.
 */
export async function ask<V, R, T>(
  asking: Asking,
  query: Query<V, R>,
  variables: V,
  take: (answer: Answer<R>) => T,
): Promise<T> {
  const { github, caller, points, pauseMs } = asking
  for (let failures = 0; ; ) {
    points.spent++
    try {
      return take(await github.query(caller, query, variables))
    } catch (error) {
      if (error instanceof RateLimitedError) {
        points.spent--
        await waitFor(asking, error)
      } else if (!(error instanceof RetryableError)) throw error
      else {
        failures++
        if (failures === MOST_FAILURES || error.kind === 'resource_limits') throw error
        await sleep(pauseMs * failures, undefined, { signal: caller.signal })
      }
    }
  }
}

async function waitFor({ caller, tell }: Asking, { message, until }: RateLimitedError) {
  const ms = Math.max(0, until.getTime() - Date.now())
  if (ms > SHORT_MS)
    throw new OperatorError(
      `The rate limit of GitHub is reached: ${message}`,
      `Run the command again after ${until.toISOString()}.`,
    )
  if (ms > WORTH_TELLING_MS) await tell(`Waiting ${Math.ceil(ms / 1000)} s for GitHub: ${message}`)
  await sleep(ms, undefined, { signal: caller.signal })
}

/** Whether a narrower question may be answered where this one was not. */
export function mayBeTooMuch(error: unknown): boolean {
  return error instanceof RetryableError && error.kind !== 'broken'
}

/** What GitHub says of an id: null where nothing has it any more. */
export type Found<Node> = Map<string, Node | null>

/**
 * Nodes that were asked for by their ids.
 *
 * @throws FatalError for one that GitHub refuses, RetryableError for one that came spoiled.
 */
export function findNodes<Node extends object>(
  ids: string[],
  answer: Parameters<typeof sortThings<string, Node>>[1],
  lists: (keyof Node)[],
): Found<Node> {
  const { whole, gone, refused } = sortThings(ids, answer, lists)
  const [first] = refused
  if (first) throw new FatalError(`GitHub refuses ${first.thing}: ${first.reason}`)
  if (whole.length + gone.length < ids.length)
    throw new RetryableError(
      answer.errors[0]?.message ?? 'GitHub returned only part of an answer',
      'broken',
    )
  return new Map([
    ...whole.map(({ thing, node }) => [thing, node] as const),
    ...gone.map((id) => [id, null] as const),
  ])
}

/** Reads by ids, in halves where all at once is too much for GitHub. */
export async function inHalves<Node>(
  ids: string[],
  read: (ids: string[]) => Promise<Found<Node>>,
): Promise<Found<Node>> {
  try {
    return await read(ids)
  } catch (error) {
    if (ids.length <= 1 || !mayBeTooMuch(error)) throw error
    const middle = Math.ceil(ids.length / 2)
    const first = await inHalves(ids.slice(0, middle), read)
    return new Map([...first, ...(await inHalves(ids.slice(middle), read))])
  }
}
