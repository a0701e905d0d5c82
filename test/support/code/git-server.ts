import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveGit } from '#test/github/git/serve-git.ts'

export type GitServer = {
  url: string
  /** Contains the repositories. */
  folder: string
  /** The token that reads; null for a server that everybody may read. */
  token: string | null
  /** Answers a request itself and returns true, or leaves it to git. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | null
  /** Values of the header `authorization` of all requests. */
  seen: (string | undefined)[]
  stop(): Promise<void>
}

/** Serves repositories in a new folder on a free port of the loopback interface. */
export async function startGitServer(): Promise<GitServer> {
  const folder = await mkdtemp(join(tmpdir(), 'whence-git-'))
  const http = createServer((request, response) => {
    server.seen.push(request.headers.authorization)
    if (server.intercept?.(request, response)) return
    if (!handle(request, response)) response.writeHead(404).end()
  })
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  const server: GitServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    folder,
    token: null,
    intercept: null,
    seen: [],
    async stop() {
      http.closeAllConnections()
      await new Promise((done) => http.close(done))
      await rm(folder, { recursive: true, force: true })
    },
  }
  const handle = serveGit(({ token, repository }) => {
    if (server.token !== null && token !== server.token)
      return { status: token === null ? 401 : 404 }
    return { folder: join(folder, `${repository}.git`) }
  })
  return server
}
