/** Errors of the API as RFC 9457 problem details, with a `hint`. */
import { STATUS_CODES } from 'node:http'
import { z } from 'zod'

export const PROBLEM_TYPE = 'application/problem+json'

export const problem = z.object({
  type: z
    .literal('about:blank')
    .describe('Always `about:blank`: the status is the kind of problem.'),
  title: z.string().describe('The name of the status.'),
  status: z.number().int(),
  detail: z.string().describe('The problem.'),
  hint: z.string().describe('A hint on how to solve it.'),
})
export type Problem = z.infer<typeof problem>

export function problemOf(status: number, detail: string, hint: string): Problem {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail, hint }
}
