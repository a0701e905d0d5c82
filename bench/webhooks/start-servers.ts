import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Started {
  url: string
  stop(): Promise<void>
  /** Kills it without notice. */
  kill(): Promise<void>
}

const BARE = `require('node:http').createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(202).end('{"status":"accepted"}'))
}).listen(0, '127.0.0.1', function () { console.log('ready at http://127.0.0.1:' + this.address().port) })`

/** Starts a server that reads the body and answers, and does nothing else. */
export function startBare(): Promise<Started> {
  return start(['-e', BARE], {})
}

/** Starts Whence in a process of its own. */
export function startWhence(
  environment: Record<string, string>,
  ...more: string[]
): Promise<Started> {
  return start(['--import', 'tsx', 'cli/main.ts', 'serve', '--migrate', ...more], environment)
}

async function start(args: string[], environment: Record<string, string>): Promise<Started> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, PORT: '0', LOG_LEVEL: 'error', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await addressOf(child)
  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    child.kill(signal)
    await once(child, 'exit')
  }
  return { url, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') }
}

/** Reads the address that the server prints, and goes on reading: a full pipe would stop the server. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout?.on('data', (chunk) => {
      output += chunk
      const [, url] = /at (http:\/\/127\.0\.0\.1:\d+)\n/.exec(output) ?? []
      if (url) resolve(url)
    })
    child.once('exit', () => reject(new Error(`The server ended: ${output}`)))
  })
}
