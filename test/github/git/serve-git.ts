/** Serves repositories by git's smart HTTP, as GitHub does: `git http-backend` behind a request handler. */
import { spawn } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, dirname } from 'node:path'
import { pipeline } from 'node:stream'

/** The request of a client for the repository `owner/name`. */
export interface GitRequest {
  repository: string
  /** Password of basic authentication, or null for an anonymous request. */
  token: string | null
  /** The path behind the repository, such as `/info/refs?service=git-upload-pack`. */
  rest: string
}

/** What a client gets: a repository, or a refusal. 401 makes git ask for a credential. */
export type GitAnswer =
  | { folder: string }
  | { status: 401 | 403 | 404 }
  | { status: 301; location: string }

const PATH = /^\/([\w.-]+\/[\w.-]+?)(?:\.git)?(\/(?:info\/refs|git-upload-pack))$/

/**
 * Returns a handler for requests of git clients. It answers `/owner/name[.git]/…`, returns true for what it
 * answers, and leaves any other request alone. It reads only: a push gets 403 from git itself.
 *
 * @param locate finds the bare repository, and checks who asks.
 */
export function serveGit(locate: (request: GitRequest) => GitAnswer) {
  return function handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const [, repository, path] = PATH.exec(url.pathname) ?? []
    if (!repository || !path) return false
    const answer = locate({ repository, token: tokenOf(request), rest: path + url.search })
    if ('folder' in answer)
      runBackend({ folder: answer.folder, path, query: url.search.slice(1), request, response })
    else refuse(response, answer)
    return true
  }
}

function refuse(response: ServerResponse, answer: Exclude<GitAnswer, { folder: string }>): void {
  const headers =
    answer.status === 401
      ? { 'www-authenticate': 'Basic realm="GitHub"' }
      : { ...('location' in answer && { location: answer.location }) }
  response.writeHead(answer.status, headers)
  response.end(answer.status === 404 ? 'Repository not found.' : '')
}

function tokenOf(request: IncomingMessage): string | null {
  const [scheme, value] = (request.headers.authorization ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'basic' || !value) return null
  const pair = Buffer.from(value, 'base64').toString()
  return pair.slice(pair.indexOf(':') + 1)
}

type BackendCall = {
  folder: string
  path: string
  query: string
  request: IncomingMessage
  response: ServerResponse
}

function runBackend({ folder, path, query, request, response }: BackendCall): void {
  const backend = spawn('git', ['-c', 'safe.directory=*', 'http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      NODE_ENV: process.env.NODE_ENV,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_PROJECT_ROOT: dirname(folder),
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: header(request, 'git-protocol'),
      HTTP_CONTENT_ENCODING: header(request, 'content-encoding'),
      CONTENT_TYPE: header(request, 'content-type'),
      CONTENT_LENGTH: request.headers['content-length'],
      PATH_INFO: `/${basename(folder)}${path}`,
      QUERY_STRING: query,
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
