import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { countTokens } from '#app/passages/count-tokens.ts'

/** A response to one request other than vectors. */
export type Trouble =
  | { status: number; headers?: Record<string, string>; message?: string; param?: string }
  | { spoil: 'length' | 'nan' | 'null' | 'zero' | 'missing' | 'order' | 'json' }
  | { stall: 'before' | 'within' }

/** A received request, with the number of tokens in it. */
interface AskedRequest {
  inputs: string[]
  tokens: number
  fields: Record<string, unknown>
  authorization: string | null
}

interface OpenaiStandIn {
  /** Value for OPENAI_BASE_URL. */
  url: string
  requests: AskedRequest[]
  /** Troubles for the next requests, one each; null for none. */
  troubles: (Trouble | null)[]
  /** Trouble for every request that has none of its own. */
  always: Trouble | null
  /** The longest input of the model, and what becomes of longer ones; null for OpenAI's limit. */
  context: { tokens: number; longer: 'refused' | 'cut' } | null
  /** Inputs that contain it make the whole request fail, as with OpenAI. */
  marker: string
  /** Inputs that contain it get an invalid vector. */
  broken: string
  close(): Promise<void>
}

const LIMITS = { inputs: 2_048, tokens: 300_000, tokensPerInput: 8_192 }

/** Starts OpenAI's embeddings endpoint on loopback, with its limits and with deterministic vectors. */
export async function startOpenaiStandIn(dimensions = 1536): Promise<OpenaiStandIn> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const standIn: OpenaiStandIn = {
    url: `http://127.0.0.1:${port}/v1`,
    requests: [],
    troubles: [],
    always: null,
    context: null,
    marker: 'REFUSE-ME',
    broken: 'BREAK-ME',
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fields = JSON.parse(await readText(request))
    if (request.url !== '/v1/embeddings') return refuse(response, { status: 404 })
    const inputs: string[] = fields.input
    const counts = inputs.map(countTokens)
    const tokens = counts.reduce((sum, count) => sum + count, 0)
    const authorization = request.headers.authorization ?? null
    standIn.requests.push({ inputs, tokens, fields, authorization })
    const next = standIn.troubles.shift()
    const trouble = next === undefined ? standIn.always : next
    if (trouble && 'status' in trouble) return refuse(response, trouble)
    if (trouble && 'stall' in trouble) return stall(response, trouble.stall)
    const isTooMuch =
      inputs.length > LIMITS.inputs ||
      tokens > LIMITS.tokens ||
      counts.some((count) => count > mostTokens(standIn))
    if (isTooMuch || inputs.some((input) => input.includes(standIn.marker)))
      return refuse(response, { status: 400, message: "'$.input' is invalid", param: 'input' })
    const length = typeof fields.dimensions === 'number' ? fields.dimensions : dimensions
    const data = inputs.map((input, index) => ({
      object: 'embedding',
      index,
      embedding: input.includes(standIn.broken)
        ? [null]
        : makeVector(cutInput(standIn, input), length),
    }))
    const body = JSON.stringify({
      object: 'list',
      model: fields.model,
      data: trouble ? spoil(data, trouble.spoil) : data,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    })
    const isCut = trouble && 'spoil' in trouble && trouble.spoil === 'json'
    response.setHeader('content-type', 'application/json')
    response.end(isCut ? body.slice(0, -20) : body)
  }
  return standIn
}

function mostTokens({ context }: OpenaiStandIn): number {
  return context?.longer === 'refused' ? context.tokens : LIMITS.tokensPerInput
}

/** Returns the part of an input that the model reads. */
function cutInput({ context }: OpenaiStandIn, input: string): string {
  if (context?.longer !== 'cut') return input
  const words = input.split(' ')
  while (countTokens(words.join(' ')) > context.tokens) words.pop()
  return words.join(' ')
}

/** Returns a vector of length 1 that depends only on the text. */
export function makeVector(text: string, dimensions: number): number[] {
  const digest = createHash('sha256').update(text).digest()
  const values = Array.from({ length: dimensions }, (_, index) => {
    const byte = digest[index % digest.length] as number
    return (byte - 127.5) * (1 + Math.floor(index / digest.length))
  })
  const length = Math.hypot(...values)
  return values.map((value) => value / length)
}

function refuse(response: ServerResponse, trouble: Exclude<Trouble, { spoil: string }>): void {
  if (!('status' in trouble)) return
  const { status, headers = {}, message = 'the stand-in refuses', param = null } = trouble
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify({ error: { message, type: 'stand_in', param, code: null } }))
}

/** Never ends: the client or the server's shutdown closes the connection. */
function stall(response: ServerResponse, when: 'before' | 'within'): void {
  if (when === 'before') return
  response.writeHead(200, { 'content-type': 'application/json' })
  response.write('{"object":"list","data":[')
}

interface Vector {
  index: number
  embedding: unknown[]
}

function spoil(data: Vector[], how: Extract<Trouble, { spoil: string }>['spoil']): unknown {
  const [first, ...rest] = data as [Vector, ...Vector[]]
  const value = { length: null, nan: 'NaN', null: null, zero: 0 }
  switch (how) {
    case 'length':
      return data.map((vector) => ({ ...vector, embedding: vector.embedding.slice(1) }))
    case 'nan':
    case 'null':
      return [{ ...first, embedding: [value[how], ...first.embedding.slice(1)] }, ...rest]
    case 'zero':
      return [{ ...first, embedding: first.embedding.map(() => 0) }, ...rest]
    case 'missing':
      return rest
    case 'order':
      return data.toReversed()
    case 'json':
      return data
  }
}
