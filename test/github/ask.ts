import type { GivenFault } from '#test/github/faults/fault-format.ts'
import type { Source } from '#test/github/sources/sources.ts'
import { makeClock } from '#test/github/world/clock.ts'
import { type StandIn, type StandInOptions, startStandIn } from './stand-in.ts'

export const SMALL = {
  kind: 'generated',
  login: 'acme',
  pulls: 60,
  repositories: 1,
  until: new Date('2026-01-01T00:00:00Z'),
} as const satisfies Source

/** Starts a stand-in whose clock only the test moves; `await using` stops it at the end of the test. */
export async function startSmall(
  options: Partial<StandInOptions> = {},
  ...faults: GivenFault[]
): Promise<StandIn & AsyncDisposable> {
  const clock = makeClock({ start: new Date('2026-02-01T12:00:00Z'), frozen: true })
  const standIn = await startStandIn({ sources: [SMALL], clock, faults, ...options })
  return { ...standIn, [Symbol.asyncDispose]: standIn.stop }
}

export type Asked = { status: number; headers: Headers; text: string; body: GraphqlBody }
// Tests read answers of many shapes; a missing field is undefined and fails the assertion.
// biome-ignore lint/suspicious/noExplicitAny: the shape is what the test is about
type GraphqlBody = { data?: any; errors?: any[]; message?: string }

/** Makes one GraphQL call over HTTP and returns the raw answer. */
export async function ask(
  standIn: Pick<StandIn, 'url' | 'personalToken'>,
  query: string,
  variables: Record<string, unknown> = {},
  token = standIn.personalToken,
): Promise<Asked> {
  const response = await fetch(`${standIn.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `bearer ${token}`, 'X-GitHub-Next-Global-ID': '1' },
    body: JSON.stringify({ query, variables }),
  })
  return report(response)
}

export async function get(
  standIn: Pick<StandIn, 'url' | 'personalToken'>,
  path: string,
  headers: Record<string, string> = {},
): Promise<Asked> {
  const authorization = `token ${standIn.personalToken}`
  return report(
    await fetch(standIn.url + path, { headers: { authorization, ...headers }, redirect: 'manual' }),
  )
}

async function report(response: Response): Promise<Asked> {
  const text = await response.text()
  const isJson = /^\s*[{[].*[}\]]\s*$/s.test(text)
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : {},
  }
}
