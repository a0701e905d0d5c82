import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { readPrivateKey } from '#app/github/connection/private-key.ts'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const PEM = privateKey.export({ type: 'pkcs1', format: 'pem' }) as string
const PKCS8 = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string

describe('a pasted private key', () => {
  test.each<[string, string]>([
    ['as GitHub gives it', PEM],
    ['in the other format', PKCS8],
    ['with the line breaks of Windows', PEM.replaceAll('\n', '\r\n')],
    ['with the line breaks of an old Mac', PEM.replaceAll('\n', '\r')],
    ['with \\n for each line break', PEM.replaceAll('\n', '\\n')],
    ['with \\r\\n for each line break', PEM.replaceAll('\n', '\\r\\n')],
    ['with spaces for line breaks', PEM.replaceAll('\n', ' ')],
    ['without any line break', PEM.replaceAll('\n', '')],
    ['in double quotes', `"${PEM}"`],
    ['in single quotes with \\n', `'${PEM.replaceAll('\n', '\\n')}'`],
    ['as base64', Buffer.from(PEM).toString('base64')],
    ['as base64 in lines', Buffer.from(PEM).toString('base64').replace(/.{76}/g, '$&\n')],
    ['with text around it', `key:\n${PEM}\nend`],
  ])('is read %s', (_form, text) => {
    const read = readPrivateKey(text)
    expect(read).toBe(text === PKCS8 ? PKCS8 : PEM)
  })

  test.each<[string, string]>([
    ['nothing', ''],
    ['a public key', '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----'],
    ['a key that was cut', PEM.slice(0, 800)],
    ['a damaged key', PEM.replace(/\n\w{20}/, '\n')],
    [
      'a key of another kind',
      String(
        generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
          type: 'pkcs8',
          format: 'pem',
        }),
      ),
    ],
  ])('is refused if it is %s', (_form, text) => {
    expect(readPrivateKey(text)).toBeNull()
  })
})
