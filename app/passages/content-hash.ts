import { hash } from 'node:crypto'

/** Returns the SHA-256 of a passage's text; passages with equal hashes share a vector. */
export function contentHash(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
