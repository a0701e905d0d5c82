import type { z } from 'zod'
import type { WhyRequest } from './explain-lines.ts'
import { readLines, type whyQuery } from './why-answer.ts'

/** Returns what a query of the API asks for. */
export function readRequest(
  asked: Partial<z.infer<typeof whyQuery>> & { repo: string },
): WhyRequest {
  const { repo: repository, ref = null, path = null, line, symbol, text } = asked
  const lines = line === undefined ? null : readLines(line)
  const common = { repository, lines, withHistory: asked.history === 'true' }
  if (symbol !== undefined) return { ...common, sought: { symbol } }
  if (text !== undefined) return { ...common, sought: { text } }
  return { ...common, ref, path }
}
