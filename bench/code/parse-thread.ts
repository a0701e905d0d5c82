/** The work of a thread that does no more than parse; `chunks.ts` measures against it. */
import { loadGrammar, parse } from '#app/code/chunks/grammars.ts'
import { detectLanguage } from '#app/code/chunks/languages.ts'
import { decode } from '#app/code/chunks/read-source.ts'
import type { SourceFile } from '#app/code/chunks/shapes.ts'

export async function work(files: SourceFile[]): Promise<number> {
  let parsed = 0
  for (const { path, bytes } of files) {
    const grammar = await loadGrammar(detectLanguage(path, ''))
    const decoded = decode(bytes)
    if (!grammar || !('text' in decoded)) continue
    parse(grammar, decoded.text)?.delete()
    parsed++
  }
  return parsed
}
