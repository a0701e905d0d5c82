import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '#app/config/env.server.ts'
import type { Logger } from '#app/config/logger.server.ts'

/**
 * What signs sessions: SESSION_SECRET, or else a secret made at first start and kept in DATA_DIR, which
 * the web processes of one machine share. Where that folder cannot be written, sessions end with the
 * process.
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

/** A link is made whole or not at all, so of two processes that start together both end with one secret. */
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
