/** Serves repositories by git's smart HTTP, as GitHub does: `git http-backend` behind a request handler. */
import { spawn } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream'

/** The request of a client for the repository `owner/name`. */
type GitRequest = {
  repository: string
  /** Password of basic authentication, or null for an anonymous request. */
  token: string | null
  request: IncomingMessage
}

export type ServedGit = {
  /** Contains bare repositories as `owner/name.git`. */
  folder: string
  /** Answers `unauthorised` with 401, so that git asks for a credential, and `hidden` with 404. */
  authorize(request: GitRequest): 'read' | 'unauthorised' | 'hidden'
}

const PATH = /^\/([\w.-]+\/[\w.-]+?)(?:\.git)?(\/(?:info\/refs|git-upload-pack))$/

/**
 * Returns a handler for requests of git clients. It answers `/owner/name[.git]/…`, returns true for what it
 * answers, and leaves any other request alone. It reads only: a push gets 403 from git itself.
 */
export function serveGit({ folder, authorize }: ServedGit) {
  return function handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const [, repository, rest] = PATH.exec(url.pathname) ?? []
    if (!repository || !rest) return false
    const allowed = authorize({ repository, token: tokenOf(request), request })
    const path = join(resolve(folder), `${repository}.git`)
    if (allowed !== 'read') refuse(response, allowed)
    else if (!path.startsWith(resolve(folder) + sep)) refuse(response, 'hidden')
    else runBackend({ folder: resolve(folder), repository, rest, url, request, response })
    return true
  }
}

function refuse(response: ServerResponse, reason: 'unauthorised' | 'hidden'): void {
  if (reason === 'hidden') response.writeHead(404).end('Repository not found.')
  else response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end()
}

function tokenOf(request: IncomingMessage): string | null {
  const [scheme, value] = (request.headers.authorization ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'basic' || !value) return null
  const pair = Buffer.from(value, 'base64').toString()
  return pair.slice(pair.indexOf(':') + 1)
}

type BackendCall = {
  folder: string
  repository: string
  rest: string
  url: URL
  request: IncomingMessage
  response: ServerResponse
}

function runBackend({ folder, repository, rest, url, request, response }: BackendCall): void {
  const backend = spawn('git', ['-c', 'safe.directory=*', 'http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      NODE_ENV: process.env.NODE_ENV,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: header(request, 'git-protocol'),
      HTTP_CONTENT_ENCODING: header(request, 'content-encoding'),
      CONTENT_TYPE: header(request, 'content-type'),
      CONTENT_LENGTH: request.headers['content-length'],
      PATH_INFO: `/${repository}.git${rest}`,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      REMOTE_ADDR: '127.0.0.1',
    },
  })
  backend.on('error', () => response.writeHead(500).end())
  response.on('close', () => backend.kill())
  // A client that goes away breaks both pipes; there is nobody left to tell.
  pipeline(request, backend.stdin, () => undefined)
  sendAnswer(backend.stdout, response)
}

function header(request: IncomingMessage, name: string): string {
  return String(request.headers[name] ?? '')
}

/** Turns the answer of a CGI program (headers, a blank line, the body) into one of HTTP. */
function sendAnswer(output: NodeJS.ReadableStream, response: ServerResponse): void {
  let head = Buffer.alloc(0)
  const takeHead = (part: Buffer): void => {
    head = Buffer.concat([head, part])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    output.off('data', takeHead)
    output.pause()
    const headers = head.subarray(0, end).toString('latin1').split('\r\n').map(split)
    const status = headers.find(([name]) => name === 'Status')?.[1]
    response.writeHead(status ? Number.parseInt(status, 10) : 200, Object.fromEntries(headers))
    response.write(head.subarray(end + 4))
    pipeline(output, response, () => undefined)
  }
  output.on('data', takeHead)
  output.on('end', () => {
    if (!response.headersSent) response.writeHead(500).end()
  })
}

function split(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1).trim()]
}
