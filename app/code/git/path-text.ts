import { isUtf8 } from 'node:buffer'

const LETTERS: Record<string, number> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 }
const NAMES = new Map(Object.entries(LETTERS).map(([letter, byte]) => [byte, letter]))

/**
 * Returns a path of git as text: as it is if it is valid UTF-8, otherwise in git's quotes with octal escapes.
 * A path that begins with a quote is quoted too, so that the text always leads back to the bytes.
 */
export function pathText(bytes: Buffer): string {
  if (isUtf8(bytes) && bytes[0] !== 0x22) return bytes.toString()
  return `"${[...bytes].map(quoteByte).join('')}"`
}

/** Returns the bytes of a path from its text. */
export function pathBytes(text: string): Buffer {
  if (!text.startsWith('"')) return Buffer.from(text)
  const escapes = text.slice(1, -1).matchAll(/\\([0-7]{3}|[\s\S])|([^\\]+)/g)
  return Buffer.concat(
    [...escapes].map(([, escaped, plain]) =>
      plain === undefined ? Buffer.from([byteOf(escaped ?? '')]) : Buffer.from(plain),
    ),
  )
}

function quoteByte(byte: number): string {
  const letter = NAMES.get(byte)
  if (letter) return `\\${letter}`
  const character = String.fromCharCode(byte)
  if (character === '"' || character === '\\') return `\\${character}`
  if (byte >= 0x20 && byte < 0x7f) return character
  return `\\${byte.toString(8).padStart(3, '0')}`
}

function byteOf(escaped: string): number {
  if (escaped.length === 3) return Number.parseInt(escaped, 8)
  return LETTERS[escaped] ?? escaped.charCodeAt(0)
}
