import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { z } from 'zod'
import { readOutline } from '#app/archive/conversation.ts'
import { findByCommit, findByPath, type Introducing, match } from '#app/archive/introducing.ts'
import { readPullFacts } from '#app/archive/pull-requests.ts'
import { type ConversationEntry, timelineOf } from '#app/archive/timeline.ts'
import type { ScopedReader } from '#app/auth/readers.server.ts'
import type { Scope } from '#app/auth/scope.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Freshness } from '#app/why/gather-reasons.ts'
import { LINES } from '#app/why/why-answer.ts'
import { cutEntry, entryText } from './conversation.ts'
import { readPage } from './entries.ts'
import { freshness, sayFreshness } from './explain-decision.ts'
import { findInCode } from './find-in-code.ts'
import { pullHead, pullRequestShape, pullRequestShapeText } from './get-pull-request.ts'
import { FIELDS_NOTE, openQuotation, plainName, type Quotation } from './quotation.ts'
import { READ_ONLY, runTool, type ToolContext } from './tool.ts'

const input = {
  commit: z
    .string()
    .regex(/^[0-9a-f]{7,40}$/i, 'must be a commit oid or a prefix of at least seven characters')
    .optional()
    .describe('A commit oid, or a prefix of it.'),
  path: z
    .string()
    .min(3)
    .max(400)
    .optional()
    .describe('A file, the end of its path, or a folder: src/read.ts, read.ts, src.'),
  line: z
    .string()
    .regex(LINES, 'must be a line or a range: 10 or 10-20')
    .optional()
    .describe('A line of the file `path` in `repository`, or a range: 10 or 10-20.'),
  ref: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .describe('With `line`: a branch, a tag or a commit; the default branch if omitted.'),
  repository: z.string().max(300).optional().describe('owner/name; all repositories if omitted.'),
  limit: z.number().int().min(1).max(10).default(3),
  maxCharacters: z.number().int().min(1_000).max(200_000).default(20_000),
}
type Asked = z.infer<z.ZodObject<typeof input>>

const found = z.object({
  pullRequest: pullRequestShape,
  matches: z.array(match),
  reasons: z.array(cutEntry).describe('The description and the review discussions.'),
  more: z.boolean().describe('Whether get_pull_request returns more.'),
})
type FoundReasons = z.infer<typeof found>

export function addFindIntroducing(server: McpServer, context: ToolContext): void {
  server.registerTool(
    'find_introducing_pull_request',
    {
      title: 'Find the pull request that introduced something',
      description:
        'For a line or a range of lines of a file in a repository: returns the pull request that last changed them, also through squashes and rebases, and says how sure that is. For a commit: returns the pull requests that introduced it, as their merge commit or among their commits; with its repository, also by its history. For a path: returns the pull requests with review threads on it, or with commits that name it. Each comes with its reasons: the description and the review discussions.',
      inputSchema: input,
      outputSchema: {
        note: z.string(),
        says: z.array(z.string()).describe('What is certain of the lines, and what is not.'),
        freshness: freshness
          .nullable()
          .describe('How fresh the code is; null where none was read.'),
        pullRequests: z.array(found),
      },
      annotations: READ_ONLY,
    },
    (input) =>
      runTool(context, async () => {
        const code = await findInCode(context, input)
        const all = code?.introducing ?? (await find(context.reader, input))
        const pullRequests = await findReasons(context, input, all)
        const { says = [], freshness = null } = code ?? {}
        const structured = { note: FIELDS_NOTE, says, freshness, pullRequests }
        return { text: textOf(structured), structured }
      }),
  )
}

async function findReasons(
  { reader }: ToolContext,
  input: Asked,
  all: Introducing[],
): Promise<FoundReasons[]> {
  const maxCharacters = Math.floor(input.maxCharacters / Math.max(1, all.length))
  const found: FoundReasons[] = []
  for (const one of all) {
    const described = await reader.run((db) => readReasons(db, reader.scope, one, maxCharacters))
    // It may have been deleted in the meantime.
    if (described) found.push(described)
  }
  return found
}

async function readReasons(
  db: Queryable,
  scope: Scope,
  { repository, number, matches }: Introducing,
  maxCharacters: number,
): Promise<FoundReasons | null> {
  const pull = await readPullFacts(db, scope, { fullName: repository, number })
  if (!pull) return null
  const entries = timelineOf(pull.facts, await readOutline(db, pull.rowId))
  const reasons = reasonsOf(entries, matches)
  const page = await readPage(db, pull.rowId, reasons, { maxCharacters })
  const { entries: described, next } = page
  return {
    pullRequest: pullRequestShapeText(pull.facts),
    matches,
    reasons: described,
    more: next !== null,
  }
}

function find(
  { run, scope }: ScopedReader,
  { commit, path, limit, ...input }: Asked,
): Promise<Introducing[]> {
  const repository = input.repository ?? null
  if (commit !== undefined && path === undefined)
    return run((db) => findByCommit(db, scope, { oid: commit.toLowerCase(), repository, limit }))
  const bare = path?.replace(/^\.?\/+|\/+$/g, '') ?? ''
  if (commit === undefined && bare !== '')
    return run((db) => findByPath(db, scope, { path: bare, repository, limit }))
  throw new RefusedError(
    'invalid',
    'Either a commit or a path is needed, but not both',
    'Send {"commit": "1a2b3c4"} or {"path": "src/read.ts"}.',
  )
}

/** Returns the description, matching threads and commits, and, if no thread matches, the other comments. */
function reasonsOf(
  entries: ConversationEntry[],
  matches: Introducing['matches'],
): ConversationEntry[] {
  const threads = new Set(matches.flatMap(({ thread }) => thread ?? []))
  const oids = new Set(matches.flatMap(({ oid }) => oid ?? []))
  const rank = ({ kind, thread, id, size }: ConversationEntry): number | null => {
    if (kind === 'description') return 0
    if (thread !== null && threads.has(thread.id)) return 1
    if (kind === 'commit') return oids.has(id) ? 1 : null
    return size === 0 || threads.size > 0 ? null : 2
  }
  return entries
    .flatMap((entry) => {
      const place = rank(entry)
      return place === null ? [] : { entry, place }
    })
    .sort((a, b) => a.place - b.place)
    .map(({ entry }) => entry)
}

interface Found {
  says: string[]
  freshness: Freshness | null
  pullRequests: FoundReasons[]
}

function textOf({ says, freshness, pullRequests: all }: Found): string {
  const quotation = openQuotation()
  const known = says.length > 0 ? [quotation.quote(says.join('\n'))] : []
  const fresh = freshness ? [sayFreshness(freshness)] : []
  if (all.length === 0 && known.length === 0)
    return 'No pull request was found. list_repositories shows which repositories are synced, and how far.'
  const found = all.map((one) => foundText(one, quotation))
  return [quotation.note, ...known, ...found, ...fresh].join('\n\n')
}

function foundText(
  { pullRequest, matches, reasons, more }: FoundReasons,
  quotation: Quotation,
): string {
  return [
    `# ${pullHead(pullRequest)}`,
    `Title:\n${quotation.quote(pullRequest.title)}`,
    `Found by ${matches.map(matchText).join('; ')}.`,
    ...reasons.map((entry) => entryText(entry, quotation)),
    ...(more ? ['There is more: get_pull_request returns the full conversation.'] : []),
  ].join('\n\n')
}

function matchText({ how, oid, path, line }: FoundReasons['matches'][number]): string {
  const place = path === undefined ? '' : ` on ${plainName(path)}${line ? `:${line}` : ''}`
  return `${how.replace('_', ' ')}${oid === undefined ? '' : ` ${oid}`}${place}`
}
