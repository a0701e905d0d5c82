import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, isIPv6 } from 'node:net'
import { OperatorError } from '#app/config/errors.server.ts'

export interface Listening {
  /** URL for a person on this machine. */
  url: string
  /** Stops accepting requests and waits for those in flight, for a limited time. */
  close(): Promise<void>
}

/** Half of the 20 seconds that shutdown may take; the other half is for the workers. */
const DRAIN_MS = 10_000
/**
 * Large enough for a page-long search, percent-encoded, which gets a response with a warning instead of a
 * 431.
 */
const HEADER_BYTES = 256 * 1024

/** @throws OperatorError if the address is not available. */
export async function listen(
  handler: RequestListener,
  { HOST, PORT }: { HOST: string; PORT: number },
  drainMs = DRAIN_MS,
): Promise<Listening> {
  const server = createServer({ maxHeaderSize: HEADER_BYTES }, handler)
  await start(server, HOST.replace(/^\[|\]$/g, ''), PORT)
  const { port } = server.address() as AddressInfo
  return { url: `http://${nameOf(HOST)}:${port}`, close: () => drain(server, drainMs) }
}

async function start(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(listenError(cause, host, port)))
    server.listen({ host, port }, resolve)
  })
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number): OperatorError {
  switch (cause.code) {
    case 'EADDRINUSE':
      return new OperatorError(
        `Port ${port} on ${host} is already in use`,
        'Set PORT to a free port, or stop the program that uses this one.',
        { cause },
      )
    case 'EACCES':
      return new OperatorError(
        `Whence is not allowed to listen on port ${port}`,
        'Set PORT to a port above 1023.',
        { cause },
      )
    default:
      return new OperatorError(
        `Whence cannot listen on ${host}: ${cause.code ?? cause.message}`,
        'Set HOST to an address of this machine, such as 127.0.0.1.',
        { cause },
      )
  }
}

/**
 * Closes idle keep-alive connections immediately and the others after their response; aborts whatever is
 * still in flight when the time is up.
 */
function drain(server: Server, drainMs: number): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), 50)
    const deadline = setTimeout(() => server.closeAllConnections(), drainMs)
    server.close(() => {
      clearInterval(sweep)
      clearTimeout(deadline)
      resolve()
    })
    server.closeIdleConnections()
  })
}

/** The wildcard address cannot be opened in a browser. */
function nameOf(host: string): string {
  const bare = host.replace(/^\[|\]$/g, '')
  if (bare === '0.0.0.0' || bare === '::') return 'localhost'
  return isIPv6(bare) ? `[${bare}]` : bare
}
