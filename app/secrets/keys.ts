import { createHash, randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '#app/config/env.server.ts'
import { OperatorError } from '#app/config/errors.server.ts'

export type KeySettings = Pick<Config, 'SECRET_KEY' | 'SECRET_KEY_PREVIOUS' | 'DATA_DIR'>

export interface SecretKey {
  /** Names the key beside what it sealed; says nothing about its bytes. */
  id: string
  bytes: Buffer
}

const BYTES = 32
const FILE = 'secret-key'

/**
 * Returns the key that seals: `SECRET_KEY`, else that of the file in `DATA_DIR`, which is made when it is
 * first needed.
 *
 * @throws OperatorError if there is no such file and none can be made.
 */
export function sealingKey(settings: KeySettings): SecretKey {
  const { SECRET_KEY, DATA_DIR } = settings
  if (SECRET_KEY) return keyOf(SECRET_KEY)
  return readKeyFile(DATA_DIR) ?? makeKeyFile(DATA_DIR)
}

/** Returns every key that may have sealed a stored secret, the one that seals now first. */
export function openingKeys({ SECRET_KEY, SECRET_KEY_PREVIOUS, DATA_DIR }: KeySettings) {
  const configured = [SECRET_KEY, SECRET_KEY_PREVIOUS].flatMap((text) => (text ? keyOf(text) : []))
  const file = readKeyFile(DATA_DIR)
  return SECRET_KEY || !file ? [...configured, ...(file ? [file] : [])] : [file, ...configured]
}

function keyOf(text: string): SecretKey {
  const isHex = /^[0-9a-f]{64}$/i.test(text)
  const bytes = Buffer.from(text, isHex ? 'hex' : 'base64')
  const id = createHash('sha256').update('whence key id').update(bytes).digest('hex').slice(0, 12)
  return { id, bytes }
}

function readKeyFile(folder: string): SecretKey | null {
  const path = join(folder, FILE)
  const key = keyOf(readIfThere(path))
  if (key.bytes.length === BYTES) return key
  if (key.bytes.length === 0) return null
  throw new OperatorError(
    `${path} is not a key`,
    'Restore the file from a backup, or set SECRET_KEY to the key that it had.',
  )
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return ''
    throw new OperatorError(
      `${path} cannot be read (${code})`,
      'Let the user that runs Whence read it, or set SECRET_KEY.',
      { cause },
    )
  }
}

/** Makes the file with one step, so that of two processes at once one key wins and none is read half-written. */
function makeKeyFile(folder: string): SecretKey {
  const path = join(folder, FILE)
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(draft, `${randomBytes(BYTES).toString('base64')}\n`, { flag: 'wx', mode: 0o600 })
    linkSync(draft, path)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== 'EEXIST')
      throw new OperatorError(
        `The key for stored secrets cannot be written to ${path} (${code})`,
        'Make DATA_DIR writable, or set SECRET_KEY (`openssl rand -hex 32`).',
        { cause },
      )
  } finally {
    rmSync(draft, { force: true })
  }
  return readKeyFile(folder) as SecretKey
}
