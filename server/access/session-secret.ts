import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '#app/config/env.server.ts'
import type { Logger } from '#app/config/logger.server.ts'

/**
 * Returns the secret that signs sessions: SESSION_SECRET, or a secret generated at the first start and kept
 * in DATA_DIR, which all web processes of one machine share. If that folder is not writable, sessions end
 * with the process.
 */
export function sessionSecret(
  config: Pick<Config, 'SESSION_SECRET' | 'DATA_DIR'>,
  logger: Logger,
): string {
  if (config.SESSION_SECRET) return config.SESSION_SECRET
  const path = join(config.DATA_DIR, 'session-secret')
  try {
    return readSecret(path) ?? keepSecret(path)
  } catch (error) {
    logger.warn(
      { err: error },
      'the session secret could not be stored in DATA_DIR: set SESSION_SECRET',
    )
    return randomBytes(32).toString('base64url')
  }
}

function readSecret(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Creating a link is atomic, so two processes that start together end up with the same secret. */
function keepSecret(path: string): string {
  mkdirSync(join(path, '..'), { recursive: true })
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, randomBytes(32).toString('base64url'), { mode: 0o600 })
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
  return readSecret(path) as string
}
