/** `POST /mcp`: tools for agents. Calls are stateless, so any web process can handle any of them. */
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { type RequestHandler, Router } from 'express'
import type { ReaderFor } from '#app/auth/readers.server.ts'
import type { Scope } from '#app/auth/scope.ts'
import { createMcpServer } from '#app/mcp/server.ts'
import type { ToolContext } from '#app/mcp/tool.ts'
import manifest from '../package.json' with { type: 'json' }
import { answerRefusal } from './access/guard.ts'

const BODY_LIMIT = 256 * 1024

type Shared = Omit<ToolContext, 'reader'> & { readerFor: ReaderFor }

/** The guard has already checked host, origin and token. */
export function mcpRoutes({ readerFor, ...shared }: Shared): Router {
  const answer: RequestHandler = async (req, res, next) => {
    const reader = readerFor(res.locals.scope as Scope)
    const server = createMcpServer(manifest.version, { ...shared, reader })
    // Without sessions and with one response per call, no state is kept between calls.
    const transport = new StreamableHTTPServerTransport({
      enableJsonResponse: true,
      maxRequestBodySize: BODY_LIMIT,
    })
    res.on('close', () => void server.close())
    try {
      await server.connect(transport as Parameters<typeof server.connect>[0])
      await transport.handleRequest(req, res)
    } catch (error) {
      next(error)
    }
  }
  const wrong: RequestHandler = (req, res) => {
    res.set('Allow', 'POST')
    answerRefusal(req, res, {
      status: 405,
      title: 'This address accepts only calls of the Model Context Protocol',
      paragraphs: ['Use POST. There are no sessions and no streams.'],
    })
  }
  return Router().post('/mcp', answer).all('/mcp', wrong)
}
