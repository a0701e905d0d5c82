import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { z } from 'zod'
import { readChangedFiles } from '#app/archive/changed-files.ts'
import { readOutline } from '#app/archive/conversation.ts'
import { readPullFacts } from '#app/archive/pull-requests.ts'
import { type PullFacts, pullSchema as pullShape } from '#app/archive/pull-shapes.ts'
import { pullStateOf } from '#app/archive/pull-state.ts'
import { timelineOf } from '#app/archive/timeline.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import { type CutEntry, cutEntry, entryText } from './conversation.ts'
import { readPage } from './entries.ts'
import { authorName, FIELDS_NOTE, openQuotation, plainName } from './quotation.ts'
import { READ_ONLY, runTool, type ToolContext } from './tool.ts'

/** More paths say little about a change, and cost tokens. */
const SHOWN_FILES = 50

export const pullRequestShape = z.object({
  repository: z.string(),
  number: z.number().int(),
  title: z.string(),
  url: z.string(),
  state: z.enum(['OPEN', 'CLOSED', 'MERGED']),
  isDraft: z.boolean(),
  author: z.string().nullable(),
  isBot: z.boolean().describe('Whether the author is a bot.'),
  createdAt: z.string(),
  mergedAt: z.string().nullable(),
  mergeCommit: z.string().nullable(),
  baseRefName: z.string(),
  headRefName: z.string(),
  labels: z.array(z.string()),
})

export function addGetPullRequest(server: McpServer, context: ToolContext): void {
  const { reader } = context
  server.registerTool(
    'get_pull_request',
    {
      title: 'Read a pull request',
      description:
        'Returns the conversation of one pull request in reading order (description, commits, comments, and reviews with the threads they started), the files it changes, how complete the copy is, and a cursor if there is more.',
      inputSchema: {
        repository: z.string().max(300).describe('owner/name'),
        number: z.number().int().min(1).max(999_999_999),
        cursor: z.string().max(2_000).optional().describe('The `next` of the previous page.'),
        maxCharacters: z
          .number()
          .int()
          .min(1_000)
          .max(200_000)
          .default(20_000)
          .describe('The maximum length of one page of the conversation.'),
      },
      outputSchema: {
        note: z.string(),
        pullRequest: pullRequestShape,
        isComplete: z.boolean(),
        completeness: pullShape.shape.completeness,
        changedFiles: z.number().int(),
        files: z.array(z.string()).describe(`The first ${SHOWN_FILES} paths that it changes.`),
        entries: z.array(cutEntry),
        all: z.number().int().describe('The number of entries in the full conversation.'),
        next: z.string().nullable(),
      },
      annotations: READ_ONLY,
    },
    ({ repository: fullName, number, ...wanted }) =>
      runTool(context, async () => {
        const reply = await reader.run(async (db) => {
          const found = await readPullFacts(db, reader.scope, { fullName, number })
          if (!found) throw unknownPull(number)
          const { isComplete, completeness, changedFiles } = found.facts
          const files = await readChangedFiles(db, found.rowId, SHOWN_FILES)
          const entries = timelineOf(found.facts, await readOutline(db, found.rowId))
          return {
            ...{
              pullRequest: pullRequestShapeText(found.facts),
              isComplete,
              completeness,
              changedFiles,
              files: files.map(({ path }) => path),
              all: entries.length,
            },
            ...(await readPage(db, found.rowId, entries, wanted)),
          }
        })
        return { text: textOf(reply), structured: { note: FIELDS_NOTE, ...reply } }
      }),
  )
}

function unknownPull(number: number): RefusedError {
  return new RefusedError(
    'unknown',
    `There is no pull request #${number} in that repository`,
    'list_repositories shows which repositories are synced, and how far; search_pull_requests finds pull requests.',
  )
}

export function pullRequestShapeText(pull: PullFacts): z.infer<typeof pullRequestShape> {
  const { number, title, url, state, isDraft, baseRefName, headRefName } = pull
  return {
    ...{ number, title, url, state, isDraft, baseRefName, headRefName },
    repository: pull.repository.nameWithOwner,
    author: pull.author?.login ?? null,
    isBot: pull.author?.isBot ?? false,
    createdAt: pull.createdAt.toISOString(),
    mergedAt: pull.mergedAt?.toISOString() ?? null,
    mergeCommit: pull.mergeCommit?.oid ?? null,
    labels: pull.labels.map(({ name }) => name),
  }
}

/** Returns a line that identifies a pull request, without free text by users. */
export function pullHead(pull: z.infer<typeof pullRequestShape>): string {
  const { repository, number, createdAt, mergedAt, url } = pull
  const merged = mergedAt === null ? '' : `, merged ${mergedAt}`
  return `${plainName(repository)}#${number}: ${pullStateOf(pull)}, by ${authorName(pull.author, pull.isBot)}, created ${createdAt}${merged}, ${url}`
}

function shownOf({ files, changedFiles }: { files: string[]; changedFiles: number }): string {
  return files.length < changedFiles ? `${files.length} of ${changedFiles}` : String(changedFiles)
}

function textOf(reply: {
  pullRequest: z.infer<typeof pullRequestShape>
  isComplete: boolean
  changedFiles: number
  files: string[]
  entries: CutEntry[]
  all: number
  next: string | null
}): string {
  const quotation = openQuotation()
  const { pullRequest, entries, all, next } = reply
  const more = `Shown: ${entries.length} of ${all} entries.`
  return [
    quotation.note,
    `# ${pullHead(pullRequest)}`,
    `Title:\n${quotation.quote(pullRequest.title)}`,
    ...(reply.files.length > 0
      ? [`Changed files, ${shownOf(reply)}:\n${quotation.quote(reply.files.join('\n'))}`]
      : []),
    reply.isComplete ? 'The copy is complete.' : 'The copy may be incomplete.',
    ...entries.map((entry) => entryText(entry, quotation)),
    next === null ? `${more} This is the end.` : `${more} Next page: cursor ${next}`,
  ].join('\n\n')
}
