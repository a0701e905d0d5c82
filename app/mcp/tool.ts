/** What every tool of the MCP server shares: what it is given, and how it answers. */

import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { explainFailure } from '#app/api/answers.ts'
import type { ScopedReader } from '#app/auth/readers.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Search } from '#app/search/present/answer.ts'

export interface ToolContext {
  reader: ScopedReader
  search: Search
  logger: Logger
}

export const READ_ONLY = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
}

/** An answer in two forms: for models that read, and for programs. */
export interface ToolAnswer {
  text: string
  structured: Record<string, unknown>
}

/** Does the work; what it throws is a tool's error with what to do about it. */
export async function runTool(
  logger: Logger,
  work: () => Promise<ToolAnswer>,
): Promise<CallToolResult> {
  try {
    const { text, structured } = await work()
    return { content: [{ type: 'text', text }], structuredContent: structured }
  } catch (error) {
    const { detail, hint } = explainFailure(logger, error)
    return { isError: true, content: [{ type: 'text', text: `${detail}. ${hint}` }] }
  }
}
