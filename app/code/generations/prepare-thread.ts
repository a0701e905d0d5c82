/** The work of a thread that prepares chunks for storage; `prepare-files.ts` sends it. */
import { createHash } from 'node:crypto'
import { countTokens } from '#app/passages/count-tokens.ts'
import { embeddedText } from '../chunks/embedded-text.ts'
import type { CodeChunk, CutFile } from '../chunks/shapes.ts'
import { wordsOfChunk } from '../search/words-of-chunk.ts'
import type { StoredChunk } from './store-chunks.ts'

/** Returns the chunks of each file with what search needs of them. */
export function work(files: CutFile[]): StoredChunk[][] {
  return files.map(({ path, chunks }) => chunks.map((chunk) => prepare(path, chunk)))
}

function prepare(path: string, chunk: CodeChunk): StoredChunk {
  const embedded = embeddedText(path, chunk)
  const { startLine, endLine, symbol, signature, text } = chunk
  return {
    ...{ startLine, endLine, symbol, signature, text },
    tokens: countTokens(embedded),
    hash: createHash('sha256').update(embedded).digest('hex'),
    ...wordsOfChunk({ path, symbol, text }),
  }
}
