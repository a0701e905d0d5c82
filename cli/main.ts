/** The process of `whence`: its streams, signals and exit code. */
import type { Writable } from 'node:stream'
import { hideSecrets } from '#app/config/secrets.ts'
import { write } from '#server/folder/command-socket.ts'
import { routeThroughProxy } from '#server/services/route-through-proxy.ts'
import { fillCheckout } from './fill-checkout.ts'
import { describeUnexpected, runProgram } from './program.ts'
import type { Listen } from './serve.ts'

// What Whence writes is for its user alone.
process.umask(0o077)
routeThroughProxy(process.env)

const stop = new AbortController()
const { stdout, stderr, env: environment } = process

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // A second signal means that the user does not want to wait.
    if (stop.signal.aborted) process.exit(1)
    stop.abort(new Error(`Stopped by ${signal}`))
  })
}
process.on('uncaughtException', (error) => {
  stderr.write(`${describeUnexpected(error, environment).map(hideSecrets).join('\n')}\n`, () =>
    process.exit(1),
  )
})
for (const stream of [stdout, stderr]) {
  // `whence status | head -1`: the reader has closed the pipe, so there is nothing left to do.
  stream.on('error', () => stop.abort(new Error('The reader of the output has gone')))
}

/** Loaded by `serve` only, so that other commands start without the web modules. */
const listen: Listen = async (services) => (await import('#server/web.ts')).startWeb(services)

// npm runs scripts in the folder of the project, and tells where it was called.
const argv = await fillCheckout(process.argv.slice(2), environment.INIT_CWD ?? process.cwd())
const code = await runProgram(
  { argv, environment, listen },
  { stdout, stderr, signal: stop.signal },
)
await Promise.all([flushOutput(stdout), flushOutput(stderr)])
process.exit(code)

function flushOutput(stream: Writable): Promise<void> {
  return write(stream, '').catch(() => {})
}
