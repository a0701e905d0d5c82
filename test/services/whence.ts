import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { readConfig } from '#app/config/env.server.ts'
import { createLogger } from '#app/config/logger.server.ts'
import { type Database, openDatabase, openPglite } from '#app/database/database.server.ts'
import { databaseFolder } from '#app/database/folder/embedded-folder.server.ts'
import { runProgram } from '#cli/program.ts'
import type { Services } from '#server/services/services.ts'
import { makeFolderTemplate } from './folder-template.ts'
import { NODE_FLAGS } from './node-flags.ts'
import { cloneDatabase, testProfile } from './setup.ts'
import { templatePath } from './template.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const logger = createLogger('error')

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface Started {
  child: ChildProcess
  ended: Promise<Ended>
  /** Resolves with the first match in its output; rejects if it ends without one. */
  says(pattern: RegExp): Promise<string>
}

/** Starts `whence` as users do, passing only PATH from this process's environment. */
export function startWhence(argv: string[], environment: Partial<NodeJS.ProcessEnv>): Started {
  const { PATH, TMPDIR } = process.env
  const env: Partial<NodeJS.ProcessEnv> = {
    PATH,
    ...(TMPDIR && { TMPDIR }),
    PORT: '0',
    LOG_LEVEL: 'info',
    ...environment,
  }
  const child = spawn(process.execPath, [...NODE_FLAGS, 'cli/main.ts', ...argv], {
    cwd: ROOT,
    env: env as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
    })
  }
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, ...said }))
  })
  function says(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      function look(): void {
        const match = pattern.exec(said.stdout) ?? pattern.exec(said.stderr)
        if (match) resolve(match[0])
      }
      look()
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      ended.then((end) => reject(new Error(`It ended without: ${JSON.stringify(end)}`)), reject)
    })
  }
  return { child, ended, says }
}

/** Runs a command of `whence` to its end in a separate process. */
export function runWhence(argv: string[], environment: Partial<NodeJS.ProcessEnv>): Promise<Ended> {
  return startWhence(argv, environment).ended
}

/**
 * Runs a command in this process, which is faster; with `services`, as if inside the server that has them.
 */
export async function callWhence(
  argv: string[],
  environment: Partial<NodeJS.ProcessEnv>,
  services?: Services,
): Promise<Ended> {
  const said = { stdout: '', stderr: '' }
  const collect = (name: keyof typeof said) =>
    new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        said[name] += text
        done()
      },
    })
  const terminal = {
    stdout: collect('stdout'),
    stderr: collect('stderr'),
    signal: new AbortController().signal,
  }
  const listen = () => Promise.reject(new Error('This test has no web'))
  const settings = { PORT: '0', LOG_LEVEL: 'silent', ...environment }
  const code = await runProgram({ argv, environment: settings, services, listen }, terminal)
  return { code, signal: null, ...said }
}

/** Creates an empty folder, which `remove` deletes. */
export async function makeFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'whence-test-'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** Creates a data folder with a migrated database from the template. */
export async function layDataFolder() {
  await makeFolderTemplate()
  const made = await makeFolder()
  const template = await readFile(templatePath())
  const dataDir = databaseFolder(made.folder)
  await (await openPglite({ dataDir, template }, logger)).close()
  return made
}

/** Creates a migrated database for `whence` processes on the profile of this test run, filled by `fill`. */
export async function layWhence<T>(fill: (database: Database) => Promise<T>) {
  const { environment, remove } =
    testProfile() === 'external' ? await layOnServer() : await layInFolder()
  async function use<R>(work: (database: Database) => Promise<R>): Promise<R> {
    const database = await openDatabase(readConfig(environment).profile, logger)
    try {
      return await work(database)
    } finally {
      await database.close()
    }
  }
  return { environment, remove, use, filled: await use(fill) }
}

async function layOnServer(): Promise<Laid> {
  const { environment, drop } = await cloneDatabase()
  const { DATABASE_URL, DATA_DIR } = environment
  return { environment: { DATABASE_URL, DATA_DIR, REDIS_URL: process.env.REDIS_URL }, remove: drop }
}

interface Laid {
  environment: Partial<NodeJS.ProcessEnv>
  remove(): Promise<void>
}

async function layInFolder(): Promise<Laid> {
  const { folder, remove } = await layDataFolder()
  return { environment: { DATA_DIR: folder }, remove }
}
