/** The context and the answers that all tools of the MCP server share. */

import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { explainFailure } from '#app/api/answers.ts'
import type { ScopedReader } from '#app/auth/readers.server.ts'
import type { CodeSearch } from '#app/code/search/open-code-search.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { requestId } from '#app/config/request-id.server.ts'
import type { Search } from '#app/search/present/answer.ts'
import type { Why } from '#app/why/explain-lines.ts'

export interface ToolContext {
  reader: ScopedReader
  search: Search
  searchCode: CodeSearch
  why: Why
  logger: Logger
  /** When the token of the agent ends, in ISO 8601, if that is soon. */
  tokenEndsSoon: string | null
}

export const READ_ONLY = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
}

/** An answer in two forms: text for models, and data for programs. */
export interface ToolAnswer {
  text: string
  structured: Record<string, unknown>
}

/**
 * Returns the result of `work`, or a tool error with a hint if it throws. A result also says that the token ends
 * soon.
 */
export async function runTool(
  { logger, tokenEndsSoon }: Pick<ToolContext, 'logger' | 'tokenEndsSoon'>,
  work: () => Promise<ToolAnswer>,
): Promise<CallToolResult> {
  try {
    const { text, structured } = await work()
    const texts = tokenEndsSoon === null ? [text] : [text, warnOfEnd(tokenEndsSoon)]
    return {
      content: texts.map((one) => ({ type: 'text', text: one })),
      structuredContent: structured,
    }
  } catch (error) {
    const { detail, hint } = explainFailure(logger, error)
    const id = requestId()
    return {
      isError: true,
      content: [{ type: 'text', text: `${detail}. ${hint}` }],
      ...(id !== null && { _meta: { requestId: id } }),
    }
  }
}

function warnOfEnd(time: string): string {
  return `The token of this agent expires at ${time}. Tell whoever connected it to create another, on the page /connect of Whence or with \`whence token create\`.`
}
