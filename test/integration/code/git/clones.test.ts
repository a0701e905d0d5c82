import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { chmod, mkdir, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Clone } from '#app/code/git/read-clone.ts'
import { commitFiles, makeRepository } from '#test/github/git/make-repository.ts'
import { runGit } from '#test/github/git/run-git.ts'
import { type GitServer, startGitServer } from '#test/support/code/git-server.ts'
import { collect, openTestClones, requestFor } from '#test/support/code/open-test-clones.ts'

const ONCE = new URL('../../../support/code/clone-once.ts', import.meta.url).pathname
const TOKEN = 'ghs_aVerySecretTokenOfAnInstallation0123'

let server: GitServer
let place: Awaited<ReturnType<typeof openTestClones>>
let repository: string
let url: string
let children: ChildProcess[]

beforeEach(async () => {
  server = await startGitServer()
  place = await openTestClones()
  repository = makeRepository(server.folder, 'ada/engine')
  url = `${server.url}/ada/engine.git`
  children = []
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await server.stop()
  await place.remove()
})

const head = (clone: Clone) => clone.resolve({ default: true })
const names = () => (existsSync(place.folder) ? readdirSync(place.folder) : [])

describe('a clone', () => {
  test('is made once, then fetched, and follows force-pushes and deletions', async () => {
    const first = commitFiles(repository, { a: '1' })
    runGit(repository, ['update-ref', 'refs/heads/topic', first])
    runGit(repository, ['update-ref', 'refs/pull/1/head', first])
    const shares: number[] = []
    const progress = ({ share }: { share: number }) => void shares.push(share)
    await place.clones.withClone(requestFor(url, { progress }), async (clone) => {
      expect(await head(clone)).toEqual({ oid: first, branch: 'main' })
    })
    expect(shares).toEqual([...shares].sort((one, other) => one - other))
    expect(shares.at(-1)).toBe(1)
    const made = statSync(join(place.folder, 'ada-engine.git')).ino
    const forced = commitFiles(repository, { a: '2' }, { parents: [] })
    runGit(repository, ['update-ref', '-d', 'refs/heads/topic'])
    runGit(repository, ['update-ref', 'refs/heads/trunk', forced])
    runGit(repository, ['symbolic-ref', 'HEAD', 'refs/heads/trunk'])
    await place.clones.withClone(requestFor(url), async (clone) => {
      expect(await head(clone)).toEqual({ oid: forced, branch: 'trunk' })
      expect(await clone.resolve({ branch: 'main' })).toMatchObject({ oid: forced })
      await expect(clone.resolve({ branch: 'topic' })).rejects.toMatchObject({
        kind: 'unknown branch',
      })
    })
    expect(statSync(join(place.folder, 'ada-engine.git')).ino).toBe(made)
    const graphs = join(place.folder, 'ada-engine.git', 'objects/info/commit-graphs')
    const changedPaths = readdirSync(graphs).map((name) =>
      readFileSync(join(graphs, name)).includes('BDAT'),
    )
    expect(changedPaths).toContain(true)
    expect(names()).toEqual(['ada-engine.git'])
    expect(statSync(place.folder).mode & 0o077).toBe(0)
    expect(statSync(join(place.folder, 'ada-engine.git')).mode & 0o077).toBe(0)
  })

  test('reads a branch that replaces a folder of branches', async () => {
    const oid = commitFiles(repository, { a: '1' }, { branch: 'x/y' })
    await place.clones.withClone(requestFor(url), async () => undefined)
    runGit(repository, ['update-ref', '-d', 'refs/heads/x/y'])
    runGit(repository, ['update-ref', 'refs/heads/x', oid])
    await place.clones.withClone(requestFor(url), async (clone) => {
      expect(await clone.resolve({ branch: 'x' })).toEqual({ oid, branch: 'x' })
    })
  })

  test('forgets a commit that was pruned with its clone', async () => {
    const lost = commitFiles(repository, { a: '1' })
    await place.clones.withClone(requestFor(url), async () => undefined)
    const kept = commitFiles(repository, { a: '2' }, { parents: [] })
    await place.clones.remove('ada-engine', new AbortController().signal)
    expect(names()).toEqual([])
    await place.clones.withClone(requestFor(url), async (clone) => {
      expect(await clone.hasCommit(kept)).toBe(true)
      await expect(clone.resolve({ sha: lost })).rejects.toMatchObject({ kind: 'unknown commit' })
    })
  })

  test('is made anew if it is damaged, and after damage is met in use', async () => {
    const oid = commitFiles(repository, { a: 'x'.repeat(500), b: 'y' })
    const clone = () => place.clones.withClone(requestFor(url), head)
    await clone()
    const packs = join(place.folder, 'ada-engine.git/objects/pack')
    const pack = readdirSync(packs).find((name) => name.endsWith('.pack')) ?? ''
    await chmod(join(packs, pack), 0o600)
    await truncate(join(packs, pack), 40)
    expect(await clone()).toMatchObject({ oid })
    expect(place.log.join()).toContain('made anew')
    await expect(
      place.clones.withClone(requestFor(url), (open) => collect(open.blobs(['e'.repeat(40)]))),
    ).rejects.toMatchObject({ kind: 'broken' })
    expect(names()).toEqual([])
    expect(await clone()).toMatchObject({ oid })
  })

  test('is made anew if its files are gone', async () => {
    const oid = commitFiles(repository, { a: '1' })
    await mkdir(join(place.folder, 'ada-engine.git'), { recursive: true })
    expect(await place.clones.withClone(requestFor(url), head)).toMatchObject({ oid })
  })

  test('outlives the locks that a killed git left', async () => {
    const oid = commitFiles(repository, { a: '1' })
    await place.clones.withClone(requestFor(url), head)
    const clone = join(place.folder, 'ada-engine.git')
    for (const name of [
      'HEAD.lock',
      'packed-refs.lock',
      'objects/info/commit-graphs/commit-graph-chain.lock',
    ])
      writeFileSync(join(clone, name), '')
    const made = statSync(clone).ino
    expect(await place.clones.withClone(requestFor(url), head)).toMatchObject({ oid })
    expect(statSync(clone).ino).toBe(made)
  })
})

describe('the credential of a clone', () => {
  test('is in no argument, setting, file or log, and goes to its host alone', async () => {
    commitFiles(repository, { a: '1' })
    server.token = TOKEN
    const lines: string[] = []
    server.intercept = (request, response) => {
      if (!request.url?.endsWith('git-upload-pack') || request.method !== 'POST') return false
      lines.push(...commandLines())
      response.on('close', () => lines.push(...commandLines()))
      return false
    }
    const wanted = requestFor(url, { credentials: async () => TOKEN })
    await place.clones.withClone(wanted, head)
    expect(lines.some((line) => line.includes('remote-http'))).toBe(true)
    expect(lines.join()).not.toContain(TOKEN)
    expect(lines.join()).not.toContain(Buffer.from(`x-access-token:${TOKEN}`).toString('base64'))
    const files = readdirSync(place.folder, { recursive: true, withFileTypes: true })
    for (const file of files.filter((entry) => entry.isFile()))
      expect(readFileSync(join(file.parentPath, file.name)).includes(TOKEN)).toBe(false)
    expect(place.log.join()).not.toContain(TOKEN)
  })

  test.each([null, 'ghs_expired'])('that is wrong (%s) is a clear refusal', async (token) => {
    commitFiles(repository, { a: '1' })
    server.token = TOKEN
    const cloning = place.clones.withClone(
      requestFor(url, { credentials: async () => token }),
      head,
    )
    await expect(cloning).rejects.toMatchObject({ kind: 'not found', hint: expect.any(String) })
    expect(names()).toEqual([])
  })

  test('that expires between two connections is a clear refusal', async () => {
    commitFiles(repository, { a: '1' })
    server.token = TOKEN
    server.intercept = ({ method, url: path }) => {
      if (method === 'GET' && path?.includes('info/refs') && server.seen.length > 2)
        server.token = 'next'
      return false
    }
    const wanted = requestFor(url, { credentials: async () => TOKEN })
    await expect(place.clones.withClone(wanted, head)).rejects.toMatchObject({ kind: 'not found' })
  })

  test('does not follow a redirect', async () => {
    const elsewhere = await startGitServer()
    elsewhere.token = TOKEN
    server.intercept = (request, response) => {
      response.writeHead(301, { location: `${elsewhere.url}${request.url}` }).end()
      return true
    }
    const wanted = requestFor(url, { credentials: async () => TOKEN })
    await expect(place.clones.withClone(wanted, head)).rejects.toMatchObject({ kind: 'moved' })
    expect(elsewhere.seen).toEqual([])
    await elsewhere.stop()
  })
})

describe('a limit of clones', () => {
  test('of size ends git while it receives', async () => {
    commitFiles(repository, { a: randomBytes(3_000_000) })
    const small = place.open({ cloneBytes: 100_000 })
    await expect(small.withClone(requestFor(url), head)).rejects.toMatchObject({
      kind: 'too large',
    })
    expect(names()).toEqual([])
  })

  test('of size holds for a clone that grows, which is removed', async () => {
    commitFiles(repository, { a: 'a' })
    const small = place.open({ cloneBytes: 300_000 })
    await small.withClone(requestFor(url), head)
    commitFiles(repository, { a: randomBytes(3_000_000) })
    const growing = small.withClone(requestFor(url), head)
    await expect(growing).rejects.toMatchObject({ kind: 'too large' })
    expect(names()).toEqual([])
  })

  test('of time ends git while the server is silent', async () => {
    server.intercept = () => true
    const brief = place.open({ cloneMs: 500 })
    await expect(brief.withClone(requestFor(url), head)).rejects.toMatchObject({ kind: 'too slow' })
    expect(names()).toEqual([])
    expect(commandLines().filter((line) => line.includes(url))).toEqual([])
  })

  test('of all sizes removes the least recently used, and none in use', async () => {
    commitFiles(repository, { a: randomBytes(200_000) })
    const keep = (key: string, use = head as (clone: Clone) => Promise<unknown>) =>
      place.open({ totalBytes: 700_000 }).withClone(requestFor(url, { key }), use)
    await keep('one')
    await sleep(20)
    await keep('two', async () => {
      await keep('three')
      await keep('four')
      await keep('one')
      await sleep(20)
    })
    const kept = (await place.clones.usage()).map(({ key }) => key)
    expect(kept).toEqual(['two', 'one', 'four'])
  })
})

describe('processes on one clone', () => {
  test('take turns', async () => {
    commitFiles(repository, { a: '1' })
    let inside = 0
    const use = async () => {
      inside++
      expect(inside).toBe(1)
      await sleep(20)
      inside--
    }
    await Promise.all([1, 2, 3, 4].map(() => place.open().withClone(requestFor(url), use)))
    const child = await startOnce('hold')
    const waiting = new AbortController()
    setTimeout(() => waiting.abort(new Error('enough')), 700)
    const cloning = place.clones.withClone(requestFor(url, { signal: waiting.signal }), head)
    await expect(cloning).rejects.toThrow('enough')
    child.kill('SIGKILL')
    await once(child, 'exit')
    await place.clones.withClone(requestFor(url), head)
  })

  test('that are killed while cloning leave what the next boot removes, and no git', async () => {
    commitFiles(repository, { a: randomBytes(20_000_000) })
    throttle()
    const child = startProcess('hold')
    await expect.poll(names).toContainEqual('ada-engine.new')
    await expect.poll(() => commandLines().join()).toContain('index-pack')
    child.kill('SIGKILL')
    await once(child, 'exit')
    await place.clones.removeLeftovers()
    await expect.poll(() => commandLines().filter((line) => line.includes(url))).toEqual([])
    await place.clones.removeLeftovers()
    expect(names()).toEqual([])
  })

  test('keep what a live one is making', async () => {
    commitFiles(repository, { a: '1' })
    server.intercept = () => true
    const cancelled = new AbortController()
    const cloning = place.clones.withClone(requestFor(url, { signal: cancelled.signal }), head)
    const refused = expect(cloning).rejects.toThrow('cancelled')
    await expect.poll(names).toContainEqual('ada-engine.new')
    await place.clones.removeLeftovers()
    expect(names()).toContainEqual('ada-engine.new')
    cancelled.abort(new Error('cancelled'))
    await refused
    expect(names()).toEqual([])
  })

  test('have a clear error if git is killed', async () => {
    commitFiles(repository, { a: '1' })
    server.intercept = () => true
    const cloning = place.clones.withClone(requestFor(url), head)
    const refused = expect(cloning).rejects.toMatchObject({ name: 'CloneError' })
    await expect.poll(() => gitOf(url).length).toBeGreaterThan(0)
    for (const pid of gitOf(url)) process.kill(pid, 'SIGKILL')
    await refused
    expect(names()).toEqual([])
  })
})

describe('a server', () => {
  test.each([
    [404, 'not found'],
    [403, 'not found'],
    [429, 'network'],
    [500, 'network'],
    [503, 'network'],
  ])('that answers %i is sorted', async (status, kind) => {
    server.intercept = (_request, response) => {
      response.writeHead(status).end('<script>')
      return true
    }
    await expect(place.clones.withClone(requestFor(url), head)).rejects.toMatchObject({ kind })
  })

  test('that breaks off, or is not there, may come back', async () => {
    server.intercept = (request) => {
      request.socket.destroy()
      return true
    }
    const cloning = () => place.clones.withClone(requestFor(url), head)
    await expect(cloning()).rejects.toMatchObject({ kind: 'network' })
    const away = requestFor('http://127.0.0.1:1/ada/engine.git')
    await expect(place.clones.withClone(away, head)).rejects.toMatchObject({ kind: 'network' })
  })

  test('that knows no such address is never asked by another protocol', async () => {
    for (const address of ['file:///etc', 'http://example.com/ada/engine', 'ext::sh -c true'])
      await expect(place.clones.withClone(requestFor(address), head)).rejects.toMatchObject({
        name: 'RefusedError',
      })
  })
})

/** Slows the answers of the server down, so that a clone is met in the middle. */
function throttle(): void {
  server.intercept = (_request, response) => {
    const write = response.write.bind(response)
    response.write = ((chunk: Buffer, ...rest: never[]) => {
      const isFull = write(chunk, ...rest)
      if (chunk.length > 10_000) setTimeout(() => response.emit('drain'), 100)
      return chunk.length > 10_000 ? false : isFull
    }) as typeof response.write
    return false
  }
}

function startProcess(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', ONCE, place.dataDir, url, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  return child
}

async function startOnce(...args: string[]): Promise<ChildProcess> {
  const child = startProcess(...args)
  if (child.stdout) await once(child.stdout, 'data')
  return child
}

/** Returns the command lines of all processes. */
function commandLines(): string[] {
  return processes().map(({ line }) => line)
}

function gitOf(address: string): number[] {
  return processes().flatMap(({ pid, line }) =>
    line.includes(address) && line.includes('git') ? [pid] : [],
  )
}

function processes(): { pid: number; line: string }[] {
  if (process.platform !== 'linux') {
    const rows = execFileSync('ps', ['-Ao', 'pid=,args=']).toString().split('\n')
    return rows.map((line) => ({ pid: Number.parseInt(line, 10), line }))
  }
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || name === `${process.pid}`) return []
    try {
      return [{ pid: Number(name), line: readFileSync(`/proc/${name}/cmdline`, 'utf8') }]
    } catch {
      return []
    }
  })
}
