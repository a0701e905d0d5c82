/** Chunks as they are read for embedding. */
import type { Passage } from '#app/embeddings/vectors.ts'
import { embeddedText } from '../chunks/embedded-text.ts'
import { cutOf } from './recipes.ts'

/** A row of {@link EMBEDDED}. */
export interface EmbeddedRow extends Passage {
  path: string
  symbol: string | null
  signature: string | null
  recipe: string
  /** The end of the chunk before, if it is embedded too. */
  before: string | null
}

/** Columns of a chunk `c` of a file `f`, from which {@link readEmbedded} makes the text that is embedded. */
export const EMBEDDED = `c.id, c.content_hash, c.text, c.tokens, f.path, c.symbol, c.signature, f.recipe,
  case when split_part(f.recipe, ' ', 2) ~ '[+][1-9]' then
    (select right(b.text, split_part(split_part(f.recipe, ' ', 2), '+', 2)::int) from code_chunk b
     where b.file_id = c.file_id and b.part = c.part - 1) end as before`

/** Replaces the text of a chunk by what is embedded of it. */
export function readEmbedded<Row extends EmbeddedRow>({
  path,
  symbol,
  signature,
  recipe,
  before,
  text,
  ...row
}: Row) {
  const context = { before, overlap: cutOf(recipe).overlap }
  return { ...row, text: embeddedText(path, { symbol, signature, text }, context) }
}
