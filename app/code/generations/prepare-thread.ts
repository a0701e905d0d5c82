/** The work of a thread that prepares chunks for storage; `prepare-files.ts` sends it. */
import { createHash } from 'node:crypto'
import { countTokens } from '#app/passages/count-tokens.ts'
import { type Context, embeddedText } from '../chunks/embedded-text.ts'
import type { CodeChunk, CutFile } from '../chunks/shapes.ts'
import { wordsOfChunk } from '../search/words-of-chunk.ts'
import type { StoredChunk } from './store-chunks.ts'

/** A file that was cut. */
export interface PreparedFile extends Pick<CutFile, 'path' | 'chunks'> {
  /** Characters of the chunk before that are embedded with a chunk. */
  overlap: number
}

/** Returns the chunks of each file with what search needs of them. */
export function work(files: PreparedFile[]): StoredChunk[][] {
  return files.map(({ path, chunks, overlap }) =>
    chunks.map((chunk, index) =>
      prepare(path, chunk, { before: chunks[index - 1]?.text ?? null, overlap }),
    ),
  )
}

function prepare(path: string, chunk: CodeChunk, context: Context): StoredChunk {
  const embedded = embeddedText(path, chunk, context)
  const { startLine, endLine, symbol, signature, text } = chunk
  return {
    ...{ startLine, endLine, symbol, signature, text },
    tokens: countTokens(embedded),
    hash: createHash('sha256').update(embedded).digest('hex'),
    ...wordsOfChunk({ path, symbol, text }),
  }
}
