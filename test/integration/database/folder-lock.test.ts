import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  type CommandRunner,
  sendCommand,
  type Terminal,
  write,
} from '#server/folder/command-socket.ts'
import { type FolderLock, takeFolder } from '#server/folder/folder-lock.ts'
import { findPeers, listenInFolder } from '#server/folder/folder-sockets.ts'
import { makeFolder } from '../../services/whence.ts'

const SELF = { command: 'serve', version: '1.2.3' }
const LOCK = new URL('../../../server/folder/folder-lock.ts', import.meta.url).href

let place: Awaited<ReturnType<typeof makeFolder>>
let folders = 0

beforeAll(async () => {
  place = await makeFolder()
})
afterAll(() => place.remove())

async function newFolder(name = `${++folders}`): Promise<string> {
  const folder = join(place.folder, name)
  await mkdir(folder, { recursive: true })
  return folder
}

async function lock(folder: string): Promise<FolderLock> {
  const taken = await takeFolder(folder, SELF)
  if (!('lock' in taken)) throw new Error(`Process ${taken.holder.pid} has it`)
  onTestFinished(() => taken.lock.release())
  return taken.lock
}

/** Starts a process that tries to lock the folder, reports the outcome, and lives until it is killed. */
function startContender(folder: string): { child: ChildProcess; outcome: Promise<string> } {
  const script = `import { takeFolder } from ${JSON.stringify(LOCK)}
    const taken = await takeFolder(${JSON.stringify(folder)}, { command: 'serve', version: '1' })
    console.log('lock' in taken ? 'taken' : 'held by ' + taken.holder.pid)
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const outcome = once(child.stdout as NodeJS.EventEmitter, 'data').then(([said]) =>
    `${said}`.trim(),
  )
  return { child, outcome }
}

async function kill(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}

describe('the lock of a folder', () => {
  test('is granted to exactly one of several processes that start together, repeatedly', async () => {
    const folder = await newFolder()
    for (const round of [1, 2]) {
      const all = Array.from({ length: 4 }, () => startContender(folder))
      const outcomes = await Promise.all(all.map(({ outcome }) => outcome))
      const winner = all[outcomes.indexOf('taken')]?.child.pid
      const expected = all.map(({ child }) =>
        child.pid === winner ? 'taken' : `held by ${winner}`,
      )
      expect({ round, outcomes }).toEqual({ round, outcomes: expected })
      // All die at once; what they leave behind must not block the next ones.
      await Promise.all(all.map(({ child }) => kill(child)))
    }
    await lock(folder)
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^whence-\d+-/)])
  })

  test('is granted to exactly one of many requests in one process', async () => {
    const folder = await newFolder()
    const taken = await Promise.all(Array.from({ length: 12 }, () => takeFolder(folder, SELF)))
    const locks = taken.flatMap((one) => ('lock' in one ? [one.lock] : []))
    expect(locks).toHaveLength(1)
    await locks[0]?.release()
    expect(await readdir(folder)).toEqual([])
  })

  test('is a socket that only its owner can open', async () => {
    const folder = await newFolder()
    await lock(folder)
    const [name = ''] = await readdir(folder)
    const { mode } = await stat(join(folder, name))
    expect((mode & 0o777).toString(8)).toBe('600')
  })

  test('reports who holds it, and where', async () => {
    const folder = await newFolder()
    const held = await lock(folder)
    held.serve('http://127.0.0.1:3000', async () => 0)
    expect(await takeFolder(folder, SELF)).toMatchObject({
      holder: { ...SELF, pid: process.pid, state: 'serving', address: 'http://127.0.0.1:3000' },
    })
  })

  test('works in a folder whose path is too long for a socket', async () => {
    const folder = await newFolder(`${'long/'.repeat(30)}end`)
    const held = await lock(folder)
    held.serve('here', async (_argv, terminal) => {
      await write(terminal.stdout, 'a long way\n')
      return 0
    })
    expect(await call(folder, [])).toEqual({ code: 0, stdout: 'a long way\n', stderr: '' })
  })

  test('is kept by a process that hangs', async () => {
    const folder = await newFolder()
    const server = createServer()
    await listenInFolder(server, folder)
    onTestFinished(() => void server.close())
    expect(await takeFolder(folder, SELF)).toMatchObject({
      holder: { pid: process.pid, state: 'busy', command: '' },
    })
  })
})

describe('a command over the socket', () => {
  test('passes its arguments and returns output and exit code', async () => {
    const folder = await serving(async (argv, terminal) => {
      await write(terminal.stdout, `${argv.join('|')}\n`)
      await write(terminal.stderr, 'wäre da\u2028noch etwas\n')
      return 3
    })
    expect(await call(folder, ['retry', 'a b', '"c"\n'])).toEqual({
      code: 3,
      stdout: 'retry|a b|"c"\n\n',
      stderr: 'wäre da\u2028noch etwas\n',
    })
  })

  test('is aborted if the caller disconnects', async () => {
    let reason: unknown
    const folder = await serving(async (_argv, terminal) => {
      await write(terminal.stdout, 'started')
      await new Promise((resolve) => terminal.signal.addEventListener('abort', resolve))
      reason = terminal.signal.reason
      return 1
    })
    const stop = new AbortController()
    const asked = call(folder, [], {
      signal: stop.signal,
      received: () => stop.abort(new Error('^C')),
    })
    await expect(asked).rejects.toThrow('^C')
    await vi.waitFor(() => expect(reason).toMatchObject({ message: 'The caller has disconnected' }))
  })

  test('does not harm the server if it crashes', async () => {
    const folder = await serving(async (argv) => {
      if (argv.length > 0) throw new Error('crash')
      return 0
    })
    await expect(call(folder, ['x'])).rejects.toMatchObject({
      message: 'The running server ended before it answered',
    })
    expect(await call(folder, [])).toMatchObject({ code: 0 })
  })

  test('writes no faster than its output is read', async () => {
    let written = 0
    const total = 400
    const chunk = 'x'.repeat(64 * 1024)
    const folder = await serving(async (_argv, terminal) => {
      for (; written < total; written++) await write(terminal.stdout, chunk)
      return 0
    })
    let read = 0
    let aheadMost = 0
    const stdout = new Writable({
      decodeStrings: false,
      highWaterMark: 1,
      write(text: string, _encoding, done) {
        read += text.length / chunk.length
        aheadMost = Math.max(aheadMost, written - read)
        setImmediate(done)
      },
    })
    expect(await call(folder, [], { stdout })).toMatchObject({ code: 0 })
    expect(read).toBe(total)
    expect(aheadMost).toBeLessThan(20)
  })

  test('is notified when the server stops', async () => {
    const folder = await newFolder()
    const held = await lock(folder)
    const started = new Promise<void>((resolve) => {
      held.serve('here', async (_argv, { stderr, signal }) => {
        resolve()
        await new Promise((aborted) => signal.addEventListener('abort', aborted))
        await write(stderr, (signal.reason as Error).message)
        return 1
      })
    })
    const asked = call(folder, [])
    await started
    await held.stopServing()
    expect(await asked).toEqual({ code: 1, stdout: '', stderr: 'Whence is stopping' })
  })

  test('is refused by a server with another protocol, with a hint', async () => {
    const folder = await newFolder()
    const server = createServer((socket) => {
      const hello = { ...SELF, protocol: 99, pid: 1, state: 'serving', address: null }
      socket.on('error', () => {}).write(`${JSON.stringify(hello)}\n`)
    })
    const name = await listenInFolder(server, folder)
    onTestFinished(() => void server.close())
    await expect(sendCommand(folder, name, [], terminal())).rejects.toMatchObject({
      message: expect.stringContaining('version 1.2.3) has another version'),
      hint: expect.stringContaining('Restart the server'),
    })
  })
})

async function serving(run: CommandRunner): Promise<string> {
  const folder = await newFolder()
  const held = await lock(folder)
  held.serve('here', run)
  return folder
}

function terminal(signal = new AbortController().signal): Terminal {
  const drop = () => new Writable({ write: (_chunk, _encoding, done) => done() })
  return { stdout: drop(), stderr: drop(), signal }
}

async function call(
  folder: string,
  argv: string[],
  options: { signal?: AbortSignal; stdout?: Writable; received?: () => void } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' }
  const collect = (name: keyof typeof said) =>
    new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        said[name] += text
        options.received?.()
        done()
      },
    })
  const [holder] = await findPeers(folder, null)
  const code = await sendCommand(folder, holder?.name ?? '', argv, {
    stdout: options.stdout ?? collect('stdout'),
    stderr: collect('stderr'),
    signal: options.signal ?? new AbortController().signal,
  })
  return { code, ...said }
}
