/** Other ways to cut files and to widen chunks than the one that ships, and a search by vectors to compare them. */
import { cutAtLines } from '#app/code/chunks/cut-file.ts'
import { embeddedText } from '#app/code/chunks/embedded-text.ts'
import type { SourceFile } from '#app/code/chunks/shapes.ts'
import { hashProvider } from '#app/embeddings/providers/hash.ts'
import type { AskChunks, PathChunk } from './chunk-index.ts'

const SIZE = 1_500
const MOST_FOUND = 1_000

/** Cuts all files as those in no known language are cut; such chunks have no symbols. */
export async function cutAllAtLines(files: SourceFile[]): Promise<PathChunk[]> {
  return files.flatMap((file) =>
    cutAtLines(file, SIZE).chunks.map((chunk) => ({ ...chunk, path: file.path })),
  )
}

/** Returns the text of the chunk before in the same file; null for the first. */
function before(chunks: PathChunk[], at: number): string | null {
  const previous = chunks[at - 1]
  return previous && previous.path === chunks[at]?.path ? previous.text : null
}

/** Puts the end of the chunk before in front of the text of each, so that its words count too. */
export function widen(chunks: PathChunk[], overlap: number): PathChunk[] {
  return chunks.map((chunk, at) => {
    const end = before(chunks, at)?.slice(-overlap)
    return end ? { ...chunk, text: `${end}\n${chunk.text}` } : chunk
  })
}

/** Searches by the vectors of the built-in provider alone, of the text that is embedded. */
export async function openVectors(chunks: PathChunk[], overlap: number): Promise<AskChunks> {
  const provider = hashProvider()
  const { signal } = new AbortController()
  const texts = chunks.map((chunk, at) =>
    embeddedText(chunk.path, chunk, { before: before(chunks, at), overlap }),
  )
  const vectors = await provider.embed(texts, signal)
  return async (text) => {
    const [asked] = await provider.embed([text], signal)
    return vectors
      .map((vector, at) => ({ chunk: chunks[at] as PathChunk, near: product(vector, asked) }))
      .sort((a, b) => b.near - a.near)
      .slice(0, MOST_FOUND)
      .map(({ chunk }) => chunk)
  }
}

function product(one: Float32Array, other: Float32Array = new Float32Array(one.length)): number {
  let sum = 0
  for (let at = 0; at < one.length; at++) sum += (one[at] as number) * (other[at] as number)
  return sum
}
