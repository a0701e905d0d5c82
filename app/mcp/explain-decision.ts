import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { z } from 'zod'
import { RefusedError } from '#app/config/errors.server.ts'
import {
  type Freshness,
  type Reasons,
  reasonsOfCode,
  reasonsOfQuestion,
} from '#app/why/gather-reasons.ts'
import { LINES, readLines } from '#app/why/why-answer.ts'
import { type CutReason, cutReasons } from './cut-reasons.ts'
import { FIELDS_NOTE, openQuotation, plainName } from './quotation.ts'
import { READ_ONLY, runTool, type ToolContext } from './tool.ts'

const input = {
  question: z
    .string()
    .min(1)
    .max(10_000)
    .optional()
    .describe('A question in words, with the qualifiers of search_pull_requests.'),
  repository: z.string().max(300).optional().describe('owner/name; needed for code.'),
  path: z.string().min(1).max(4_096).optional().describe('A file, or a folder without lines.'),
  line: z
    .string()
    .regex(LINES, 'must be a line or a range: 10 or 10-20')
    .optional()
    .describe('A line of the file or a range: 10 or 10-20.'),
  ref: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .describe(
      'A branch, a tag or a commit; the default branch if omitted. A commit without a path is explained itself.',
    ),
  cursor: z.string().max(2_000).optional().describe('The `next` of the previous page.'),
  maxTokens: z
    .number()
    .int()
    .min(500)
    .max(50_000)
    .default(4_000)
    .describe('The maximum size of the passages of one page.'),
}
type Asked = z.infer<z.ZodObject<typeof input>>

const reason = z.object({
  repository: z.string(),
  number: z.number().int().describe('The pull request.'),
  kind: z.string(),
  onLines: z.boolean().describe('True for a review thread about these very lines.'),
  author: z.string().nullable(),
  createdAt: z.string().nullable(),
  url: z.string().nullable(),
  text: z.string(),
  from: z.number().int().describe('The number of characters of the text before this part.'),
  isCut: z.boolean().describe('Whether the text continues on the next page.'),
})

export const freshness = z.object({
  repository: z.string(),
  oid: z.string().nullable().describe('The commit whose code was read.'),
  publishedAt: z.string().nullable().describe('When the history of its default branch was read.'),
  syncedUntil: z
    .string()
    .nullable()
    .describe('Until when the copy of its pull requests is complete.'),
})

export function addExplainDecision(server: McpServer, context: ToolContext): void {
  server.registerTool(
    'explain_decision',
    {
      title: 'Explain a decision',
      description:
        'Returns the passages that give the reason for lines of code, for a path, for a commit, or for what a question asks: review threads on the lines first, then descriptions, commit messages, issues, reviews and comments. It says which pull request brought the code, how sure that is, and how fresh the answer is.',
      inputSchema: input,
      outputSchema: {
        note: z.string(),
        says: z.array(z.string()).describe('What is certain of the code, and what is not.'),
        reasons: z.array(reason),
        all: z.number().int().describe('The number of passages on all pages.'),
        freshness: z.array(freshness),
        next: z.string().nullable(),
      },
      annotations: READ_ONLY,
    },
    (asked) =>
      runTool(context, async () => {
        const found = await gather(context, asked)
        const page = cutReasons(found.reasons, asked.cursor ?? null, asked.maxTokens)
        const structured = { note: FIELDS_NOTE, ...found, ...page, all: found.reasons.length }
        return { text: textOf(found, page), structured }
      }),
  )
}

function gather({ reader, why, search }: ToolContext, asked: Asked): Promise<Reasons> {
  const { question, repository, path = null, line, ref = null } = asked
  const isCode = path !== null || line !== undefined || ref !== null
  if (question !== undefined && !isCode) {
    const within = repository === undefined ? '' : `repo:${repository} `
    return reasonsOfQuestion(search, reader, `${within}${question}`)
  }
  if (question === undefined && repository !== undefined) {
    const lines = line === undefined ? null : readLines(line)
    return reasonsOfCode(why, reader, { repository, ref, path, lines })
  }
  throw new RefusedError(
    'invalid',
    'Either a question is needed, or a repository with a path or a commit, but not both',
    'Send {"question": "why do calls retry?"} or {"repository": "octo/repo", "path": "src/read.ts", "line": "10"}.',
  )
}

function textOf(
  { says, reasons: all, freshness }: Reasons,
  { reasons, next }: { reasons: CutReason[]; next: string | null },
): string {
  const { note, quote, quoteAll } = openQuotation()
  const passages = reasons.map((one) => ({ head: headOf(one), text: one.text }))
  return [
    note,
    ...(says.length > 0 ? [quote(says.join('\n'))] : []),
    passages.length > 0 ? quoteAll(passages) : 'No passage gives a reason.',
    freshness.map(sayFreshness).join('\n'),
    `Passages: ${reasons.length} of ${all.length}.${next === null ? ' This is the end.' : ` Next page: cursor ${next}`}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function headOf(one: CutReason): string {
  const { repository, number, kind, onLines, author, createdAt, url, from, isCut } = one
  return [
    `${kind.replace('_', ' ')}${onLines ? ' on these lines' : ''}${author === null ? '' : ` by ${plainName(author)}`}`,
    `${plainName(repository)}#${number}`,
    createdAt?.slice(0, 10),
    from > 0 && `continued from character ${from}`,
    isCut && 'cut: continues on the next page',
    url,
  ]
    .filter(Boolean)
    .join(', ')
}

export function sayFreshness({ repository, oid, publishedAt, syncedUntil }: Freshness): string {
  return [
    `${plainName(repository)}:`,
    ...(oid === null
      ? []
      : [
          `code of commit ${oid.slice(0, 10)};`,
          publishedAt === null
            ? 'history of the default branch not read yet;'
            : `history of the default branch as of ${publishedAt};`,
        ]),
    syncedUntil === null
      ? 'copy of the pull requests not complete yet.'
      : `copy of the pull requests complete until ${syncedUntil}.`,
  ].join(' ')
}
