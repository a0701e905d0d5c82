import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { answerCall } from './answer-call.ts'
import { answerControl, CONTROL } from './control.ts'
import { sendReply } from './send-reply.ts'
import { answerSignIn } from './sign-in/sign-in-pages.ts'
import type { StandInState } from './state.ts'
import { answerPage, isForPage } from './web/answer-page.ts'
import { answerAppPage } from './web/app-pages.ts'

/** Handles one HTTP request. */
export async function receive(
  state: StandInState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`)
    const method = request.method ?? 'GET'
    const text = await readText(request)
    if (url.pathname.startsWith(CONTROL)) {
      const answer = answerControl(state, { method, url, body: parse(text) })
      response.writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8' })
      response.end(JSON.stringify(answer.body))
      return
    }
    const sent = { method, url, text }
    const shown = answerSignIn(state, sent) ?? answerAppPage(state, sent)
    if (shown && 'location' in shown) {
      response.writeHead(302, { location: shown.location }).end()
      return
    }
    if (shown && 'json' in shown) {
      response.writeHead(shown.status, { 'content-type': 'application/json; charset=utf-8' })
      response.end(JSON.stringify(shown.json))
      return
    }
    if (shown) {
      response.writeHead(shown.status, { 'content-type': 'text/html; charset=utf-8' })
      response.end(shown.text)
      return
    }
    if (isForPage(method, request.headers)) {
      const page = answerPage(state.world, url.pathname)
      response.writeHead(page.status, { 'content-type': 'text/html; charset=utf-8' })
      response.end(page.text)
      return
    }
    const { path, prefix } = strip(url.pathname)
    const reply = answerCall(state, {
      method,
      path,
      query: url.searchParams,
      headers: request.headers,
      body: parse(text),
      baseUrl: url.origin + prefix,
    })
    response.once('close', reply.sent)
    if (reply.delaySeconds > 0)
      await setTimeout(reply.delaySeconds * 1000, undefined, { ref: false })
    for (const fault of reply.faults)
      if (fault.kind === 'held-answer') await state.answers.after(fault.answers)
    response.once('close', state.answers.note)
    sendReply(response, reply, state.world.clock.now())
  } catch (error) {
    // A bug of the stand-in itself must be obvious, and not look like an error of GitHub.
    console.error('The stand-in GitHub failed:', error)
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' })
    response.end(String(error))
  }
}

/** Removes the prefix of an Enterprise Server, which has REST at `/api/v3` and GraphQL at `/api/graphql`. */
function strip(path: string): { path: string; prefix: string } {
  if (path === '/api/graphql') return { path: '/graphql', prefix: '/api/v3' }
  if (path.startsWith('/api/v3/')) return { path: path.slice('/api/v3'.length), prefix: '/api/v3' }
  return { path, prefix: '' }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function parse(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    // GitHub answers 400 to a body that is not JSON; on null the caller does the same.
    return null
  }
}
