/** `POST /mcp`: tools for agents. Calls are stateless, so any web process can handle any of them. */
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js'
import { json, type Request, type RequestHandler, type Response, Router } from 'express'
import type { ReaderFor } from '#app/auth/readers.server.ts'
import { createMcpServer } from '#app/mcp/server.ts'
import type { ToolContext } from '#app/mcp/tool.ts'
import manifest from '../package.json' with { type: 'json' }
import { tooMany } from './access/admit-bearer.ts'
import type { Admitted } from './access/admitted.ts'
import { costOfCall } from './access/costs.ts'
import { answerRefusal } from './access/guard.ts'
import type { RateLimit } from './access/rate-limit.ts'

const BODY_LIMIT = 256 * 1024

type Shared = Omit<ToolContext, 'reader' | 'tokenEndsSoon'> & {
  readerFor: ReaderFor
  rateLimit: RateLimit
}

/** The guard has already checked host, origin and token. */
export function mcpRoutes({ readerFor, rateLimit, ...shared }: Shared): Router {
  const answer: RequestHandler = async (req, res, next) => {
    const { scope, tokenEndsSoon } = res.locals as Admitted
    const reader = readerFor(scope)
    const server = createMcpServer(manifest.version, { ...shared, reader, tokenEndsSoon })
    const onlyStream = acceptBoth(req)
    // Without sessions and with one response per call, no state is kept between calls.
    const transport = new StreamableHTTPServerTransport({
      enableJsonResponse: !onlyStream,
    })
    res.on('close', () => void server.close())
    try {
      nameErrors(transport, res.locals.requestId)
      await server.connect(transport as Parameters<typeof server.connect>[0])
      await transport.handleRequest(req, res, req.body)
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
  return Router()
    .post('/mcp', refuseVersion, readCall, refuseBatch, countCall(rateLimit), answer)
    .all('/mcp', wrong)
}

/**
 * Names the supported versions to a client of a newer protocol, so that it can fall back. The code is the
 * SDK's own: -32022, which the newer protocol has for this, would say that this server speaks it.
 */
const refuseVersion: RequestHandler = (req, res, next) => {
  const requested = req.get('mcp-protocol-version')
  if (requested === undefined || SUPPORTED_PROTOCOL_VERSIONS.includes(requested)) return next()
  const message = `Unsupported protocol version. Supported: ${SUPPORTED_PROTOCOL_VERSIONS.join(', ')}`
  const data = { supported: SUPPORTED_PROTOCOL_VERSIONS, requested: requested.slice(0, 100) }
  refuseCall(res, -32000, message, data)
}

/** Reads the body whatever its type, which the SDK checks; `checkRequest` has limited it. */
const readCall: RequestHandler = (req, res, next) => {
  json({ type: () => true, limit: BODY_LIMIT, strict: false })(req, res, (error?: unknown) => {
    if (error === undefined) return next()
    if (res.headersSent) return
    const message = 'The body is not JSON: send one JSON-RPC message'
    refuseCall(res, -32700, message)
  })
}

/** Refuses a batch, which newer protocols do not have: the rate limit counts requests, one call each. */
const refuseBatch: RequestHandler = (req, res, next) => {
  if (!Array.isArray(req.body)) return next()
  const message = 'Batches are not supported: send one JSON-RPC message in each request'
  refuseCall(res, -32600, message)
}

function refuseCall(res: Response, code: number, message: string, data: object = {}): void {
  const { requestId } = res.locals
  res
    .status(400)
    .json({ jsonrpc: '2.0', id: null, error: { code, message, data: { ...data, requestId } } })
}

/** Names the request in the errors that the SDK makes, such as those of an unknown tool. */
function nameErrors(transport: StreamableHTTPServerTransport, requestId: string): void {
  const send = transport.send.bind(transport)
  transport.send = (message, options) => {
    if (!('error' in message)) return send(message, options)
    const data = { ...(message.error.data as object | undefined), requestId }
    return send({ ...message, error: { ...message.error, data } }, options)
  }
}

/** Counts what a call costs beyond the request, which the guard has counted. */
function countCall(rateLimit: RateLimit): RequestHandler {
  return async (req, res, next) => {
    try {
      const { tokenId } = res.locals as Admitted
      const more = costOfCall(req.body) - 1
      if (tokenId === null || more === 0) return next()
      const seconds = await rateLimit.count(tokenId, more, res)
      if (seconds === null) return next()
      answerRefusal(req, res, tooMany(seconds))
    } catch (error) {
      next(error)
    }
  }
}

/**
 * Replaces the `Accept` header, since the SDK refuses clients that do not list both types of an answer.
 *
 * @returns true if the client takes only a stream.
 */
function acceptBoth(req: Request): boolean {
  const onlyStream = !req.accepts('application/json') && Boolean(req.accepts('text/event-stream'))
  const others = req.rawHeaders.flatMap((name, index) =>
    index % 2 === 0 && name.toLowerCase() !== 'accept'
      ? [name, req.rawHeaders[index + 1] ?? '']
      : [],
  )
  // The SDK reads the raw headers.
  req.rawHeaders = [...others, 'Accept', 'application/json, text/event-stream']
  return onlyStream
}
