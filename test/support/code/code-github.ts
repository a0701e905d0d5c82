import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveGit } from '#test/github/git/serve-git.ts'
import { type Files, openGitWorld } from './git-world.ts'

export interface CodeGithub {
  url: string
  /** Commits to a branch of `owner/name`, which is created if need be. @returns the commit. */
  commit(repository: string, files: Files, branch?: string): string
  /** Serves a copy of a repository, with `main` at its HEAD. */
  adopt(repository: string, from: string): void
  /** Returns the text of a file on `main`, without white space at its ends. */
  read(repository: string, path: string): string
  /** Returns the paths of the files on `main`. */
  paths(repository: string): string[]
  /** Runs git in a served repository. @returns what it prints, or null if it fails. */
  ask(repository: string, ...args: string[]): string | null
  /** Creates a repository without commits. */
  create(repository: string): void
  /** Answers requests itself and returns true, or leaves them. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | null
  stop(): Promise<void>
}

type World = ReturnType<typeof openGitWorld>

/** Serves repositories as GitHub does: by git, and the few paths of its API that ingesting asks for. */
export async function startCodeGithub(): Promise<CodeGithub> {
  const root = mkdtempSync(join(tmpdir(), 'whence-code-'))
  const world = openGitWorld(root)
  const handle = serveGit({ folder: world.served, authorize: () => 'read' })
  const http = createServer((request, response) => {
    if (github.intercept?.(request, response)) return
    if (handle(request, response)) return
    const answer = answerApi(world, request.url ?? '')
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? { message: 'Not Found' }))
  })
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  const github: CodeGithub = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    ...{ commit: world.commit, create: world.create, adopt: world.adopt, ask: world.ask },
    intercept: null,
    read: (repository, path) => world.ask(repository, 'show', `main:${path}`) ?? '',
    paths: (repository) =>
      (world.ask(repository, 'ls-tree', '-r', '--name-only', '-z', 'main') ?? '')
        .split('\0')
        .filter(Boolean),
    async stop() {
      http.closeAllConnections()
      await new Promise((done) => http.close(done))
      rmSync(root, { recursive: true, force: true })
    },
  }
  return github
}

function answerApi(world: World, url: string): unknown {
  const [, repository = '', rest = ''] = /^\/repos\/([^/]+\/[^/]+)(.*)$/.exec(url) ?? []
  if (!world.has(repository)) return null
  if (rest === '') return { full_name: repository, default_branch: 'main' }
  const branch = /^\/branches\/(.+)$/.exec(rest)?.[1]
  if (branch) return branchOf(world, repository, decodeURIComponent(branch))
  const [, tip, sha] = /^\/compare\/(\w+)\.\.\.(\w+)$/.exec(rest) ?? []
  return tip && sha ? compared(world, repository, { tip, sha }) : null
}

function branchOf(world: World, repository: string, branch: string): unknown {
  const sha = world.ask(repository, 'rev-parse', '-q', '--verify', `refs/heads/${branch}`)
  return sha && { commit: { sha } }
}

function compared(world: World, repository: string, { tip, sha }: { tip: string; sha: string }) {
  if (!world.ask(repository, 'cat-file', '-t', sha)) return null
  const isBehind = world.ask(repository, 'merge-base', '--is-ancestor', sha, tip) !== null
  return { status: isBehind ? 'behind' : 'diverged' }
}
