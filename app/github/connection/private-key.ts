import { createPrivateKey } from 'node:crypto'

const LABELLED = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----([\s\S]*?)-----END \1-----/
const LINES = /.{1,64}/g

/**
 * Returns an RSA private key as PEM, however it was pasted: with line breaks of any system, as `\n`, as
 * spaces or lost; in quotes; or the whole file as base64.
 *
 * @returns null if the text holds no private key.
 */
export function readPrivateKey(text: string): string | null {
  const plain = text.trim().replace(/^(["'`])([\s\S]*)\1$/, '$2')
  const pem = pemIn(plain) ?? pemIn(Buffer.from(plain, 'base64').toString('latin1'))
  return pem !== null && isRsaKey(pem) ? pem : null
}

function pemIn(text: string): string | null {
  const [, label, body] = LABELLED.exec(text) ?? []
  if (!label || !body) return null
  const data = body.replace(/\\[rn]|\s/g, '')
  const lines = data.match(LINES) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}
