/**
 * Commands over the folder's socket: a process sends its arguments; the server runs the command and returns
 * its output.
 */
import type { Server, Socket } from 'node:net'
import { Writable } from 'node:stream'
import { z } from 'zod'
import { OperatorError } from '#app/config/errors.server.ts'
import { terminalText } from '#app/config/terminal-text.ts'
import { connectInFolder, type Hello, PROTOCOL, readHello } from './folder-sockets.ts'
import { readJsonLines, writeJsonLine } from './json-lines.ts'

/** The output streams of a command, and a signal that its caller has left. */
export interface Terminal {
  stdout: Writable
  stderr: Writable
  signal: AbortSignal
}

/** Runs a command line. @returns its exit code; must not reject. */
export type CommandRunner = (argv: string[], terminal: Terminal) => Promise<number>

const request = z.object({ argv: z.array(z.string()).max(1_000) })
const commandAnswer = z.union([
  z.object({ stdout: z.string() }),
  z.object({ stderr: z.string() }),
  z.object({ exit: z.number().int() }),
])

/** Sends a hello to every client and, once `open` was called, runs the commands that clients send. */
export function serveCommands(server: Server, hello: Hello) {
  const idle = new Set<Socket>()
  const working = new Set<Promise<void>>()
  const stopping = new AbortController()
  let run: CommandRunner | null = null

  server.on('connection', (socket) => {
    // A lost client is not an error of the server; the command is notified by its signal.
    socket.on('error', () => {})
    idle.add(socket)
    void converse(socket)
      .catch(() => {})
      .then(() => {
        idle.delete(socket)
        socket.destroy()
      })
  })

  async function converse(socket: Socket): Promise<void> {
    await writeJsonLine(socket, hello)
    const lines = readJsonLines(socket)
    const first = await lines.next()
    if (first.done || !run || stopping.signal.aborted) return
    idle.delete(socket)
    const { argv } = request.parse(first.value)
    const work = answerCommand({ socket, lines, argv, run, stopping: stopping.signal })
    working.add(work)
    await work.finally(() => working.delete(work))
  }

  return {
    open(runner: CommandRunner) {
      run = runner
    },
    /** Aborts the running commands and waits for them. */
    async stop() {
      stopping.abort(
        new OperatorError('Whence is stopping', 'Run the command again when it has stopped.'),
      )
      await Promise.allSettled(working)
    },
    /** Closes the connections of clients that sent no command. */
    hangUp() {
      for (const socket of idle) socket.destroy()
    },
  }
}

async function answerCommand(command: {
  socket: Socket
  lines: AsyncGenerator<unknown>
  argv: string[]
  run: CommandRunner
  stopping: AbortSignal
}): Promise<void> {
  const { socket, lines } = command
  const closed = new AbortController()
  // Any further input, usually the end of the stream, means that the caller no longer waits for the result.
  const abort = () => closed.abort(new Error('The caller has disconnected'))
  lines.next().then(abort, abort)
  const exit = await command.run(command.argv, {
    stdout: remoteStream(socket, 'stdout'),
    stderr: remoteStream(socket, 'stderr'),
    signal: AbortSignal.any([closed.signal, command.stopping]),
  })
  await writeJsonLine(socket, { exit })
}

function remoteStream(socket: Socket, name: 'stdout' | 'stderr'): Writable {
  const stream = new Writable({
    decodeStrings: false,
    defaultEncoding: 'utf8',
    write(text: string, _encoding, done) {
      writeJsonLine(socket, { [name]: text }).then(() => done(), done)
    },
  })
  // The command detects a lost client by its signal and by the failed write.
  stream.on('error', () => {})
  return stream
}

/**
 * Sends a command line to the server at the other end of a socket.
 *
 * @returns its exit code.
 * @throws OperatorError if the server uses another protocol or ends during the command.
 */
export async function sendCommand(
  folder: string,
  name: string,
  argv: string[],
  terminal: Terminal,
): Promise<number> {
  const socket = await connectInFolder(folder, name)
  const stop = () => socket.destroy()
  terminal.signal.addEventListener('abort', stop, { once: true })
  try {
    const lines = readJsonLines(socket)
    refuseOtherProtocol(await readHello(socket, lines))
    await writeJsonLine(socket, { argv })
    for await (const line of lines) {
      const message = commandAnswer.parse(line)
      if ('exit' in message) return message.exit
      if ('stdout' in message) await write(terminal.stdout, terminalText(message.stdout))
      else await write(terminal.stderr, terminalText(message.stderr))
    }
  } catch (error) {
    terminal.signal.throwIfAborted()
    if (error instanceof OperatorError) throw error
    throw serverEnded(error)
  } finally {
    terminal.signal.removeEventListener('abort', stop)
    socket.destroy()
  }
  terminal.signal.throwIfAborted()
  throw serverEnded()
}

function refuseOtherProtocol(hello: Hello): void {
  if (hello.protocol === PROTOCOL) return
  throw new OperatorError(
    `The running server (pid ${hello.pid}, version ${hello.version}) has another version than this command`,
    'Restart the server with this version, or run the command from its version.',
  )
}

function serverEnded(cause?: unknown): OperatorError {
  return new OperatorError(
    'The running server ended before it answered',
    'Check its log, then run the command again, with or without a server.',
    { cause },
  )
}

/** Resolves when the stream has accepted the text. */
export function write(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()))
  })
}
