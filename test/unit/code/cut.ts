import { cutFile } from '#app/code/chunks/cut-file.ts'
import { readLines } from '#app/code/chunks/lines.ts'
import type { CutFile, FileRules, SourceFile } from '#app/code/chunks/shapes.ts'

export function fileOf(path: string, text: string, attributes?: FileRules): SourceFile {
  return { path, bytes: new TextEncoder().encode(text), ...(attributes && { attributes }) }
}

export function cutText(path: string, text: string, size = 1_500): Promise<CutFile> {
  return cutFile(fileOf(path, text), size)
}

/** The lines that are in no chunk, or in two, or out of order; empty if all is well. */
export function misplacedLines({ chunks }: CutFile, text: string): string[] {
  const wrong: string[] = []
  let next = 1
  for (const { startLine, endLine } of chunks) {
    if (startLine !== next) wrong.push(`${startLine} after ${next - 1}`)
    if (endLine < startLine) wrong.push(`${startLine} to ${endLine}`)
    next = endLine + 1
  }
  const { count } = readLines(text)
  if (next !== count + 1) wrong.push(`${next - 1} of ${count}`)
  return wrong
}

/** The text as its chunks have it. */
export function joined({ chunks }: CutFile, text: string): string {
  return chunks.map((chunk) => chunk.text).join('\n') + (text.endsWith('\n') ? '\n' : '')
}
