import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const SCRIPT = fileURLToPath(new URL('../../scripts/services.sh', import.meta.url))
const run = promisify(execFile)

type Which = 'postgres' | 'redis'

export interface PrivateServices {
  environment: Partial<NodeJS.ProcessEnv>
  /** Starts a stopped or killed service on the same port with the same data. */
  start(which: Which): Promise<void>
  /** PostgreSQL: `immediate`; Redis: SIGKILL. */
  kill(which: Which): Promise<void>
  close(): Promise<void>
}

/** Starts a private PostgreSQL and Redis for one test file, which may kill them at any time. */
export async function startPrivateServices(): Promise<PrivateServices> {
  const folder = await mkdtemp(join(tmpdir(), 'whence-services-'))
  const call = (verb: string, which?: Which) => run('bash', [SCRIPT, verb, folder, which ?? 'both'])
  const { stdout } = await call('start')
  const urls = [...stdout.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, url]) => [name, url])
  return {
    environment: { ...Object.fromEntries(urls), LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent' },
    start: async (which) => void (await call('start', which)),
    kill: async (which) => void (await call('kill', which)),
    async close() {
      await call('kill')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
