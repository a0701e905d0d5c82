import { hash } from 'node:crypto'

/** The sha256 of a passage's text: passages of one hash have one vector. */
export function contentHash(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
