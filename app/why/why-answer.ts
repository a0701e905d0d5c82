import { z } from 'zod'
import { EVIDENCE } from '#app/code/history/find-pull-requests.ts'

const words = z.object({
  kind: z.enum(['review_thread', 'description', 'commit_message', 'issue', 'review', 'comment']),
  onLines: z.boolean().describe('True for a review thread about these very lines.'),
  author: z.string().nullable(),
  createdAt: z.string().nullable(),
  text: z.string().describe('At most 4,000 characters.'),
  url: z.string().nullable(),
})
export type Words = z.infer<typeof words>

const commit = z.object({
  oid: z.string(),
  author: z.string(),
  authoredAt: z.string(),
  summary: z.string().describe('The first line of the message.'),
})

const line = z.number().int().min(1)

const origin = z.object({
  commit,
  pullRequests: z
    .array(
      z.object({
        number: z.number().int(),
        title: z.string(),
        state: z.enum(['OPEN', 'CLOSED', 'MERGED']),
        url: z.string(),
        evidence: z.array(z.enum(EVIDENCE)).describe('The best first.'),
      }),
    )
    .describe('The first one brought the commit; others have something that speaks for them, too.'),
  says: z
    .string()
    .describe('In words: which one brought it, what that rests on, and what is not known.'),
  rebasedFrom: z
    .string()
    .nullable()
    .describe('The commit of the pull request that was rebased to this one.'),
  pushedDirectly: z
    .object({ by: z.string(), at: z.string() })
    .nullable()
    .describe('Set if the commit is on the default branch, and nothing speaks for a pull request.'),
  words: z.array(words).describe('What gives a reason, the best first; at most 20.'),
})
export type WhyCommit = z.infer<typeof origin>

const range = origin.extend({
  from: line,
  to: line,
  commit: commit.describe('The commit that `git blame -w` gives.'),
  originalPath: z.string(),
  originalLine: line.describe('The first line in the file as the commit wrote it.'),
  inside: z
    .array(z.object({ from: line, to: line, commit }))
    .describe(
      'The commits of a squashed pull request that wrote the lines, as far as it is known.',
    ),
  moved: z
    .array(origin.omit({ words: true }).extend({ from: line, to: line }))
    .describe(
      'Lines that the commit moved or copied within the file (`git blame -M`), with the commit that wrote them.',
    ),
})
export type WhyRange = z.infer<typeof range>

export const whyAnswer = z.object({
  repository: z.string(),
  oid: z.string().describe('The commit at which the lines were looked up.'),
  path: z.string().nullable(),
  publishedAt: z
    .string()
    .nullable()
    .describe('When the history of the default branch was last read; null if it never was.'),
  syncedUntil: z
    .string()
    .nullable()
    .describe('Until when the copy of the pull requests is complete; null if it never was.'),
  ranges: z.array(range).describe('The lines that were asked for.'),
  commits: z
    .array(origin)
    .describe(
      'Without lines: the commit, or the last 20 that changed the path. With `history`: those that changed the lines, the newest first.',
    ),
})
export type WhyAnswer = z.infer<typeof whyAnswer>

/** Lines, as `10` or `10-20`. */
export const LINES = /^[1-9]\d{0,8}(?:-[1-9]\d{0,8})?$/

export const whyQuery = z.object({
  repo: z.string().max(300).describe('`owner/name`'),
  path: z
    .string()
    .min(1)
    .max(4_096)
    .optional()
    .describe('A file, or a folder without `line`; without it, the commit `ref` is told of.'),
  line: z
    .string()
    .regex(LINES, 'must be a line or a range: 10 or 10-20')
    .optional()
    .describe('A line or a range: `10` or `10-20`; at most 500 lines.'),
  ref: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .describe('A branch, a tag, or 7 digits or more of a commit; the default branch if omitted.'),
  symbol: z
    .string()
    .trim()
    .min(1)
    .max(300)
    .optional()
    .describe('A declaration in the indexed code, instead of `path` and `line`.'),
  text: z
    .string()
    .trim()
    .min(3)
    .max(10_000)
    .optional()
    .describe('Text of the indexed code, instead of `path` and `line`.'),
  history: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Also return how the lines came to be: the last 20 commits that changed them.'),
})

/** Returns the first and the last line of `10` or `10-20`. */
export function readLines(text: string): { from: number; to: number } {
  const [from = 1, to = from] = text.split('-').map(Number)
  return { from: Math.min(from, to), to: Math.max(from, to) }
}
