import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { z } from 'zod'
import { pullStateOf } from '#app/archive/pull-state.ts'
import {
  type FoundPassage,
  type Hit,
  type SearchAnswer,
  searchAnswer,
  searchMode,
} from '#app/search/present/answer.ts'
import { authorName, FIELDS_NOTE, openQuotation, plainName, type Quotation } from './quotation.ts'
import { READ_ONLY, runTool, type ToolContext } from './tool.ts'

const { facets: _, ...fields } = searchAnswer.shape

export function addSearch(server: McpServer, context: ToolContext): void {
  const { search, reader } = context
  server.registerTool(
    'search_pull_requests',
    {
      title: 'Search pull requests',
      description:
        'Searches the descriptions, comments, reviews, review comments and commits of pull requests and the issues that they close, and returns each hit with its best passages. Accepts words, "phrases", -excluded words, OR, (groups), and GitHub qualifiers such as repo:owner/name author:login is:merged created:>2026-01-01 path:src in:reviews.',
      inputSchema: {
        query: z.string().describe('The search query.'),
        limit: z.number().int().min(1).max(50).default(10),
        mode: searchMode.default('auto').describe('keyword for exact words, semantic for meaning.'),
        cursor: z.string().optional().describe('The `next` of the previous page.'),
      },
      outputSchema: { note: z.string(), ...fields },
      annotations: READ_ONLY,
    },
    ({ query, limit, mode, cursor }) =>
      runTool(context, async () => {
        const answer = await search(reader, { query, limit, mode, cursor })
        const { facets: _, ...rest } = answer
        return { text: textOf(answer), structured: { note: FIELDS_NOTE, ...rest } }
      }),
  )
}

function textOf({ hits, total, warnings, mode, next }: SearchAnswer): string {
  const quotation = openQuotation()
  const count = `${total.isExact ? '' : 'more than '}${total.count}`
  return [
    quotation.note,
    `Results: ${count} (${mode}); shown: ${hits.length}.`,
    ...(warnings.length > 0 ? ['Warnings:', quotation.quote(warnings.join('\n'))] : []),
    ...hits.map((hit) => hitText(hit, quotation)),
    next === null ? 'This is the last page.' : `Next page: cursor ${next}`,
  ].join('\n\n')
}

function hitText(hit: Hit, { quote }: Quotation): string {
  const place = hit.kind === 'repository' ? hit.repository : `${hit.repository}#${hit.number}`
  const facts =
    hit.kind === 'repository' ? ['a repository'] : [pullStateOf(hit), `by ${plainName(hit.author)}`]
  return [
    `## ${plainName(hit.repository)}${hit.number === null ? '' : `#${hit.number}`}: ${facts.join(', ')}, created ${hit.createdAt}, ${hit.url}`,
    `Title of ${place}:`,
    quote(hit.title),
    ...hit.passages.flatMap((passage) => [passageHead(passage), quote(passage.text)]),
  ].join('\n')
}

function passageHead({ kind, author, isBot, createdAt, url, path, line }: FoundPassage): string {
  const place = path === null ? '' : `, on ${plainName(path)}${line === null ? '' : `:${line}`}`
  return `${kind} by ${authorName(author, isBot)}, ${createdAt}${place}, ${url}:`
}
