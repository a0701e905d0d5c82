/** Errors of the API as RFC 9457 problem details, with a `hint`. */
import { STATUS_CODES } from 'node:http'
import { z } from 'zod'
import { requestId } from '#app/config/request-id.server.ts'

export const PROBLEM_TYPE = 'application/problem+json'

export const problem = z.object({
  type: z
    .literal('about:blank')
    .describe('Always `about:blank`: the status is the kind of problem.'),
  title: z.string().describe('The name of the status.'),
  status: z.number().int(),
  detail: z.string().describe('The problem.'),
  hint: z.string().describe('A hint on how to solve it.'),
  requestId: z.string().optional().describe('The id of the request, as in `X-Request-Id`.'),
})
export type Problem = z.infer<typeof problem>

/** @param id of the request; without it, that of the request that is being answered. */
export function problemOf(
  status: number,
  detail: string,
  hint: string,
  id: string | null = requestId(),
): Problem {
  const problem = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error' } as const
  return { ...problem, status, detail, hint, ...(id !== null && { requestId: id }) }
}

/** Says where the cause of an unexpected error is. @param id of the request. */
export function whereToLook(id: string | null = requestId()): string {
  const line = id === null ? '' : `: look for the request ${id}`
  return `The log that Whence writes to its standard error says why${line}.`
}
