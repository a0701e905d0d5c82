/** `POST /mcp`: tools for agents, each call on its own, so any web process answers any of them. */
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { type RequestHandler, Router } from 'express'
import type { Scope } from '#app/auth/scope.ts'
import { createMcpServer } from '#app/mcp/server.ts'
import type { Search } from '#app/search/present/answer.ts'
import manifest from '../package.json' with { type: 'json' }
import { refuse } from './access/guard.ts'
import type { Services } from './services/services.ts'

const BODY_LIMIT = 256 * 1024

/** The guard has looked at host, origin and token before. */
export function mcpRoutes({ database: { pool }, logger }: Services, search: Search): Router {
  const answer: RequestHandler = async (req, res, next) => {
    const scope = res.locals.scope as Scope
    const server = createMcpServer(manifest.version, { pool, scope, search, logger })
    // Without sessions, and with one answer to each call, nothing has to be kept between calls.
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
    refuse(req, res, {
      status: 405,
      title: 'This address accepts only calls of the Model Context Protocol',
      paragraphs: ['Use POST. There are no sessions and no streams.'],
    })
  }
  return Router().post('/mcp', answer).all('/mcp', wrong)
}
