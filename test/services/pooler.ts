import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort } from '../support/web/free-port.ts'

export type PoolMode = 'transaction' | 'session'

export interface Pooler extends AsyncDisposable {
  /** Returns the address of a database of the server through the pooler. */
  through(url: string): string
}

/** Starts a PgBouncer in front of the server of a database, on a free port. */
export async function startPooler(
  program: string,
  serverUrl: string,
  mode: PoolMode,
): Promise<Pooler> {
  const folder = await mkdtemp(join(tmpdir(), 'whence-pooler-'))
  const port = await freePort()
  const isRoot = process.getuid?.() === 0
  const file = join(folder, 'pgbouncer.ini')
  await writeFile(file, configOf(serverUrl, { mode, port }))
  // PgBouncer refuses to run as root, so PostgreSQL's own user runs it.
  if (isRoot) await promisify(execFile)('chown', ['-R', 'postgres', folder])
  const child = spawn(program, [...(isRoot ? ['-u', 'postgres'] : []), file], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  const through = (url: string) => withPort(url, port)
  await untilReady(through(serverUrl))
  return {
    through,
    async [Symbol.asyncDispose]() {
      child.kill('SIGINT')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** In transaction mode, clients share fewer connections than one process opens. */
function configOf(serverUrl: string, { mode, port }: { mode: PoolMode; port: number }): string {
  const { hostname, port: serverPort, username, password } = new URL(serverUrl)
  return `[databases]
* = host=${hostname} port=${serverPort} user=${username} password=${decodeURIComponent(password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
default_pool_size = ${mode === 'transaction' ? 6 : 40}
max_client_conn = 200
`
}

function withPort(url: string, port: number): string {
  const changed = new URL(url)
  changed.host = `127.0.0.1:${port}`
  return changed.href
}

async function untilReady(url: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      return await client.end()
    } catch (error) {
      if (tries === 50) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
