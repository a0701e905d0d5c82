import { spawn } from 'node:child_process'
import { accessSync, constants as modes } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { explain, HintedError } from './failures.mjs'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

const LIVE = process.stderr.isTTY === true
const KEPT_OUTPUT = 64 * 1024

export function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`
}

/** Checks that the folder is writable, since the tools' own messages about that are hard to understand. */
export function assertWritable() {
  try {
    accessSync(ROOT, modes.W_OK)
  } catch (error) {
    throw explain('Preparing Whence', error.message, 'Make the folder writable.')
  }
}

/**
 * Runs one tool with its output hidden and shows its title with the elapsed time on stderr, since stdout is
 * for the results of a command: one live line on a terminal, otherwise a plain line at the start, every ten
 * seconds and at the end. Resolves with the exit code and the tool's last output; the caller explains a
 * failure.
 */
export async function runStep(title, command, args, env = {}) {
  const started = performance.now()
  const show = () => process.stderr.write(`\r\x1b[2K… ${title} ${seconds(started)}`)
  const remind = () => console.error(`… ${title} ${seconds(started)}`)
  if (!LIVE) console.error(`… ${title}`)
  const timer = LIVE ? setInterval(show, 100) : setInterval(remind, 10_000)
  try {
    const result = await runQuietly(command, args, env)
    if (LIVE) process.stderr.write('\r\x1b[2K')
    console.error(`${result.code === 0 ? '✓' : '✗'} ${title} ${seconds(started)}`)
    return result
  } finally {
    clearInterval(timer)
  }
}

/** Runs one tool with its output hidden; resolves with its exit code and its last output. */
export function runQuietly(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const keep = (chunk) => {
      output = (output + chunk).slice(-KEPT_OUTPUT)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const release = passSignals(child)
    child.on('error', (error) => {
      release()
      reject(cannotStart(command, error))
    })
    child.on('close', (code, signal) => {
      const stopped = release()
      if (stopped) reject(interrupted(stopped))
      else resolve({ code: code ?? 128 + constants.signals[signal], output })
    })
  })
}

/** Runs one tool in the foreground on this terminal; resolves with its exit code. */
export function runInForeground(command, args, env = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, env, stdio: 'inherit' })
    const release = passSignals(child)
    child.on('error', (error) => {
      release()
      reject(cannotStart(command, error))
    })
    child.on('close', (code, signal) => {
      release()
      resolve(code ?? 128 + constants.signals[signal])
    })
  })
}

/** Starts one tool in the background. `says` waits for a text on its stdout and returns all output so far. */
export function startInBackground(command, args) {
  // A process group of its own, because Ctrl-C is for the foreground process, and this one is stopped after
  // it.
  const child = spawn(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  let output = ''
  function says(text) {
    return new Promise((resolve, reject) => {
      const look = () => output.includes(text) && resolve(output)
      child.stdout.on('data', look)
      child.once('error', (error) => reject(cannotStart(command, error)))
      ended.then(() => reject(new HintedError(`${args.at(-1)} ended.`, 'See its output above.')))
      look()
    })
  }
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  async function stop() {
    child.kill('SIGTERM')
    await ended
  }
  return { says, stop }
}

/**
 * Forwards SIGTERM, SIGHUP and SIGINT to the child, so that neither outlives the other. On a terminal, Ctrl-C
 * already reaches the whole process group; if it were forwarded too, the child would receive it twice and
 * treat the second one as a request to quit immediately.
 */
function passSignals(child) {
  let received = null
  const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => {
    const handler = () => {
      received = name
      if (name !== 'SIGINT' || !process.stdin.isTTY) child.kill(name)
    }
    process.on(name, handler)
    return [name, handler]
  })
  return () => {
    for (const [name, handler] of handlers) process.off(name, handler)
    return received
  }
}

function interrupted(signal) {
  return new HintedError(
    `Interrupted by ${signal}.`,
    'Run the same command again; it continues where it stopped.',
    {
      exitCode: 128 + constants.signals[signal],
    },
  )
}

function cannotStart(command, error) {
  if (error.code === 'ENOENT') {
    const hint = `Install it, or add its folder to PATH, then run the same command again.`
    return new HintedError(`The program ${command} was not found.`, hint)
  }
  return error
}
