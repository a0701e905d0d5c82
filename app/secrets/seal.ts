/**
 * Seals secrets for the database: AES-256-GCM with a random nonce. The place (table, row, column) is
 * authenticated too, so that a sealed text moved elsewhere does not open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { OperatorError } from '#app/config/errors.server.ts'
import { type KeySettings, openingKeys, type SecretKey, sealingKey } from './keys.ts'

/** Table, row and column of a secret. */
export type Place = readonly [table: string, row: string, column: string]

const CIPHER = 'aes-256-gcm'
const VERSION = 'v1'
const NONCE = 12
const TAG = 16

/** @throws OperatorError if there is no key and none can be made. */
export function seal(settings: KeySettings, text: string, place: Place): string {
  const key = sealingKey(settings)
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG })
  cipher.setAAD(dataOf(key, place))
  const parts = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]
  return [VERSION, key.id, Buffer.concat(parts).toString('base64url')].join('.')
}

/** @throws OperatorError if its key is not here, or if it was changed or moved. */
export function unseal(settings: KeySettings, sealed: string, place: Place): string {
  const [version, keyId, data = ''] = sealed.split('.')
  const key = openingKeys(settings).find(({ id }) => id === keyId)
  if (version !== VERSION || !key) throw lostKey(keyId ?? '', place)
  try {
    return open(key, Buffer.from(data, 'base64url'), place)
  } catch (cause) {
    throw new OperatorError(
      `The stored secret ${place.join('.')} was changed outside Whence and cannot be opened`,
      'Restore the database from a backup, or enter the credentials again at /setup.',
      { cause },
    )
  }
}

/** Returns true if the text is sealed with another key than the one that seals now. Makes no key. */
export function isSealedBefore(settings: KeySettings, sealed: string): boolean {
  return sealed.split('.')[1] !== openingKeys(settings)[0]?.id
}

function open(key: SecretKey, data: Buffer, place: Place): string {
  const nonce = data.subarray(0, NONCE)
  const decipher = createDecipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG })
  decipher.setAAD(dataOf(key, place)).setAuthTag(data.subarray(-TAG))
  const text = decipher.update(data.subarray(NONCE, -TAG))
  return Buffer.concat([text, decipher.final()]).toString('utf8')
}

function dataOf({ id }: SecretKey, place: Place): Buffer {
  return Buffer.from(JSON.stringify([VERSION, id, ...place]))
}

function lostKey(keyId: string, place: Place): OperatorError {
  return new OperatorError(
    `The stored secret ${place.join('.')} was sealed with another key (${keyId}) than this process has`,
    'Set SECRET_KEY to that key, or restore the file secret-key in DATA_DIR: every process needs the same. If the key is lost, enter the credentials again at /setup.',
  )
}
