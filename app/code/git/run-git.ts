/** Runs git apart from the configuration of the machine, and ends all its processes with the call. */
import { execa, type Options } from 'execa'
import { CloneError, sortFailure } from './clone-error.ts'
import { gitEnvironment } from './git-environment.ts'

/** Bytes of what a command may answer as a whole; what may be longer is streamed. */
const MOST_OUTPUT = 4_000_000
/** Characters of git's messages that are kept: the last ones say what went wrong. */
const MOST_STDERR = 8_192
const KILL_AFTER_MS = 3_000

/**
 * Settings for every command. Nothing is ever checked out, so git's checks of what a checkout would write
 * (`fsckObjects`) guard nothing here, and would refuse many old repositories; each object is hashed anyway.
 */
const SETTINGS = [
  'core.hooksPath=/dev/null',
  'core.sharedRepository=0600',
  'core.fsmonitor=false',
  'core.quotePath=true',
  'credential.helper=',
  'http.followRedirects=false',
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=60',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'fetch.writeCommitGraph=false',
  // One pack for each fetch; loose objects would be one file each.
  'fetch.unpackLimit=1',
  'maintenance.auto=false',
  'gc.auto=0',
]

export type GitCall = {
  /** The repository, or any folder for a command that needs none. */
  folder: string
  args: string[]
  signal: AbortSignal
  /** Further settings, as `name=value`. */
  settings?: string[]
  env?: Record<string, string>
  /** Is kept out of errors. */
  secret?: string | null
  /** Gets git's messages as they come; progress ends in carriage returns. */
  onMessage?: (text: string) => void
}

export type GitProcess = {
  stdout: AsyncIterable<Buffer>
  write(input: string | Buffer): Promise<void>
  /** Closes its input and waits for the end. @throws CloneError if git failed. */
  end(): Promise<void>
  /** Ends the process and its children at once. */
  stop(): Promise<void>
}

/** Returns what a command prints. @throws CloneError if it fails, or the reason of the signal. */
export async function runGit(call: GitCall): Promise<string> {
  const { code, stdout, stderr } = await tryGit(call)
  if (code !== 0) throw sortFailure(stderr, call.secret ?? null)
  return stdout
}

/** Returns how a command ended, for those whose exit code is an answer. */
export async function tryGit(
  call: GitCall,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const git = startGit(call)
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of git.stdout) {
      size += part.length
      if (size > MOST_OUTPUT)
        throw new CloneError('broken', 'git answered too much', 'Report this.')
      parts.push(part)
    }
  } catch (error) {
    await git.stop()
    throw error
  }
  return { ...(await git.finish()), stdout: Buffer.concat(parts).toString() }
}

/** Starts a command whose output is read as it comes. */
export function streamGit(call: GitCall): GitProcess {
  const git = startGit(call)
  return {
    stdout: git.stdout,
    write: git.write,
    stop: git.stop,
    async end() {
      const { code, stderr } = await git.finish()
      if (code !== 0) throw sortFailure(stderr, call.secret ?? null)
    },
  }
}

/** Yields what a command prints. @param lines its input: few enough to fit into a pipe that nobody reads yet. */
export async function* readOutput(call: GitCall, lines: string[] = []): AsyncGenerator<Buffer> {
  const git = streamGit(call)
  try {
    // A command that reads no input may be over before it is written, and its output would be lost.
    if (lines.length > 0) await git.write(lines.map((line) => `${line}\n`).join(''))
    const ended = git.end()
    // Its failure is reported below, after the output was read.
    ended.catch(() => undefined)
    for await (const part of git.stdout) yield part
    await ended
  } finally {
    await git.stop()
  }
}

function startGit(call: GitCall) {
  const { signal } = call
  signal.throwIfAborted()
  const child = execa('git', commandLine(call), optionsFor(call))
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-MOST_STDERR)
    call.onMessage?.(text)
  })
  let isOver = false
  const kill = (name: NodeJS.Signals) => {
    // The id may belong to another process afterwards.
    if (!isOver) killGroup(child.pid, name)
  }
  let force: NodeJS.Timeout | undefined
  const abort = () => {
    kill('SIGTERM')
    force = setTimeout(kill, KILL_AFTER_MS, 'SIGKILL')
  }
  signal.addEventListener('abort', abort, { once: true })
  const ended = child.then((result) => {
    signal.removeEventListener('abort', abort)
    clearTimeout(force)
    // Whatever git started ends with it.
    kill('SIGKILL')
    isOver = true
    return result
  })
  return {
    stdout: child.stdout as AsyncIterable<Buffer>,
    async write(input: string | Buffer): Promise<void> {
      if (!child.stdin.write(input)) await Promise.race([drained(child.stdin), ended])
    },
    async stop(): Promise<void> {
      kill('SIGKILL')
      child.stdout.destroy()
      await ended
    },
    async finish(): Promise<{ code: number | null; stderr: string }> {
      child.stdin.end()
      const { exitCode, code } = await ended
      signal.throwIfAborted()
      if (code === 'ENOENT') throw missingGit()
      return { code: exitCode ?? null, stderr }
    },
  }
}

function optionsFor({ folder, env }: GitCall) {
  return {
    cwd: folder,
    env: { ...gitEnvironment(process.env), ...env },
    extendEnv: false,
    // A group of its own, so that a signal reaches the helpers that git starts. A worker that is killed takes git
    // with it too: git writes its progress to a pipe that nobody reads any more.
    detached: true,
    reject: false,
    buffer: false,
    encoding: 'buffer',
    stdin: 'pipe',
  } as const satisfies Options
}

function commandLine({ args, settings = [] }: GitCall): string[] {
  return [...[...SETTINGS, ...settings].flatMap((setting) => ['-c', setting]), ...args]
}

function killGroup(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function drained(stdin: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => stdin.once('drain', resolve))
}

export function missingGit(): CloneError {
  return new CloneError(
    'unavailable',
    'git is not installed on this machine',
    'Install git 2.32 or newer and restart. Without it, only the step "Code" is off.',
  )
}
