/** Errors of the API as RFC 9457 has them, with what to do about it as `mend`. */
import { STATUS_CODES } from 'node:http'
import { z } from 'zod'

export const PROBLEM_TYPE = 'application/problem+json'

export const problem = z.object({
  type: z.literal('about:blank').describe('The status says what kind of problem it is.'),
  title: z.string().describe("The status's words."),
  status: z.number().int(),
  detail: z.string().describe('What is wrong.'),
  mend: z.string().describe('What to do about it.'),
})
export type Problem = z.infer<typeof problem>

export function problemOf(status: number, detail: string, mend: string): Problem {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail, mend }
}
