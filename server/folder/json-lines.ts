import type { Socket } from 'node:net'

const MAX_LINE = 64 * 1024 * 1024

/**
 * Reads one JSON value per line from a socket until the other end closes it. Does not use `readline`, which
 * also splits at U+2028 and U+2029, characters that JSON does not escape.
 */
export async function* readJsonLines(socket: Socket): AsyncGenerator<unknown> {
  socket.setEncoding('utf8')
  let rest = ''
  for await (const chunk of socket as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > MAX_LINE) throw new Error('A line is longer than this protocol allows')
    for (const line of lines) yield JSON.parse(line)
  }
}

/** Resolves when the socket has accepted the line, so that the writer is no faster than the reader. */
export function writeJsonLine(socket: Socket, value: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(`${JSON.stringify(value)}\n`, (error) => (error ? reject(error) : resolve()))
  })
}
