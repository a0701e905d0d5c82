import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commitFiles, makeRepository } from './make-repository.ts'
import { runGit } from './run-git.ts'
import { serveGit } from './serve-git.ts'

const run = promisify(execFile)
let folder: string
let server: Server
let url: string
let head: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whence-test-'))
  head = commitFiles(makeRepository(folder, 'ada/engine'), { 'a.txt': 'a\n' })
  const handle = serveGit(({ token, repository }) => {
    if (token === null) return { status: 401 }
    const isRight = token === 'right' && repository === 'ada/engine'
    return isRight ? { folder: join(folder, 'ada/engine.git') } : { status: 404 }
  })
  server = createServer((request, response) => {
    if (!handle(request, response)) response.writeHead(418).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
  await rm(folder, { recursive: true })
})

describe('git over HTTP', () => {
  test.each(['ada/engine', 'ada/engine.git'])('clones %s', async (name) => {
    const copy = join(folder, 'copy')
    await run('git', ['clone', '-q', `http://x:right@${url}/${name}`, copy])
    expect(runGit(copy, ['rev-parse', 'HEAD'])).toBe(head)
    await rm(copy, { recursive: true })
  })

  test.each(['ada/engine', 'ada/other'])('hides %s from a wrong token', async (name) => {
    const copy = run('git', ['ls-remote', `http://x:wrong@${url}/${name}`])
    await expect(copy).rejects.toMatchObject({ stderr: expect.stringContaining('not found') })
  })

  test('asks for a credential', async () => {
    const reply = await fetch(`http://${url}/ada/engine/info/refs?service=git-upload-pack`)
    expect(reply.status).toBe(401)
  })

  test('leaves other requests alone, and those for what is above its folder', async () => {
    for (const path of ['/', '/ada/engine', '/ada/..%2f..%2fetc/info/refs', '/a/b/c/info/refs'])
      expect((await fetch(`http://${url}${path}`)).status).toBe(418)
  })
})
