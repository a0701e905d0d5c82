import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, isIPv6 } from 'node:net'
import { OperatorError } from '#app/config/errors.server.ts'

export interface Listening {
  /** Where a person on this machine finds it. */
  url: string
  /** Takes no more requests and waits for those under way, a while. */
  close(): Promise<void>
}

/** Half of the 20 seconds in which a process ends; the other half belongs to its workers. */
const DRAIN_MS = 10_000
/** Room for a search as long as a page, percent-encoded: it gets an answer with a warning, not a 431. */
const HEADER_BYTES = 256 * 1024

/** @throws OperatorError when the address cannot be had. */
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
    server.once('error', (cause) => reject(refusal(cause, host, port)))
    server.listen({ host, port }, resolve)
  })
}

function refusal(cause: NodeJS.ErrnoException, host: string, port: number): OperatorError {
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
 * Connections that browsers and proxies keep open are ended at once when idle, and as soon as their
 * request is answered otherwise; what is still under way at the end of the time is cut off.
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

/** Every address of the machine at once is no address to open. */
function nameOf(host: string): string {
  const bare = host.replace(/^\[|\]$/g, '')
  if (bare === '0.0.0.0' || bare === '::') return 'localhost'
  return isIPv6(bare) ? `[${bare}]` : bare
}
