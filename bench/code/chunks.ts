/**
 * Measures chunking of the files of a folder or a bare git repository, beside a bare parse of the same files by
 * the same grammars, each in one thread and in turns: files a second, lost lines, and how often a line is
 * emitted.
 *
 *   npm run bench:chunks -- FOLDER          the default is this project
 *   npm run bench:chunks -- FOLDER 10000    repeats the files up to that number, and watches memory
 */
import { fileURLToPath } from 'node:url'
import { grammarOf } from '#app/code/chunks/grammars.ts'
import { detectLanguage } from '#app/code/chunks/languages.ts'
import { readLines } from '#app/code/chunks/lines.ts'
import { type Chunker, openChunker } from '#app/code/chunks/open-chunker.ts'
import { decode } from '#app/code/chunks/read-source.ts'
import type { CutFile, SourceFile } from '#app/code/chunks/shapes.ts'
import { openThreads } from '#app/threads/open-threads.ts'
import { MB, readFiles } from './git-files.ts'

const ROUNDS = 5

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

/** Seconds that each took for the files, in the middle of some rounds. */
async function race(
  files: SourceFile[],
  chunker: Chunker,
): Promise<{ cut: number; parse: number }> {
  const parser = openThreads<SourceFile[], number>({
    module: new URL('./parse-thread.ts', import.meta.url),
    most: 1,
    limitMs: 600_000,
    idleMs: 60_000,
    memoryMb: 512,
  })
  const seconds = { cut: [] as number[], parse: [] as number[] }
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now()
    await parser.run(files)
    const middle = performance.now()
    await chunker.cut(files)
    // The first round loads the grammars.
    if (round === 0) continue
    seconds.parse.push((middle - start) / 1_000)
    seconds.cut.push((performance.now() - middle) / 1_000)
  }
  await parser.close()
  return { cut: median(seconds.cut), parse: median(seconds.parse) }
}

function countLines(files: SourceFile[], cut: CutFile[]): void {
  let lines = 0
  let lost = 0
  let emitted = 0
  for (const [index, { skipped, chunks }] of cut.entries()) {
    const decoded = decode((files[index] as SourceFile).bytes)
    if (skipped !== null || !('text' in decoded)) continue
    const count = readLines(decoded.text).count
    const times = new Uint8Array(count)
    for (const { startLine, endLine } of chunks)
      for (let line = startLine; line <= endLine; line++)
        times[line - 1] = (times[line - 1] ?? 0) + 1
    lines += count
    lost += times.filter((time) => time === 0).length
    emitted += times.reduce((sum, time) => sum + time, 0)
  }
  console.log(`${lines} lines, ${lost} lost, emission factor ${(emitted / lines).toFixed(4)}`)
}

function describe(cut: CutFile[]): void {
  const chunks = cut.flatMap((file) => file.chunks)
  const sizes = chunks.map(({ text }) => text.replace(/\s/g, '').length)
  const skips = cut.flatMap(({ skipped }) => skipped ?? [])
  const reasons = [...new Set(skips)].map(
    (reason) => `${reason} ${skips.filter((one) => one === reason).length}`,
  )
  console.log(`${chunks.length} chunks of ${median(sizes)} characters (median)`)
  console.log(`${skips.length} files skipped: ${reasons.join(', ') || 'none'}`)
}

async function watchMemory(files: SourceFile[], chunker: Chunker, most: number): Promise<void> {
  let done = 0
  while (done < most) {
    await chunker.cut(files)
    done += files.length
    console.log(`${done} files: ${Math.round(process.memoryUsage().rss / MB)} MB`)
  }
}

async function main(): Promise<void> {
  const [folder = fileURLToPath(new URL('../..', import.meta.url)), most] = process.argv.slice(2)
  const files = readFiles(folder)
  const chunker = openChunker({ threads: 1 })
  const cut = await chunker.cut(files)
  console.log(`${files.length} files of ${folder}`)
  describe(cut)
  countLines(files, cut)
  const lines = grammarOf(null, 1_500)
  const parsed = files.filter(
    ({ path }, index) =>
      cut[index]?.skipped === null && grammarOf(detectLanguage(path, ''), 1_500) !== lines,
  )
  const { cut: cutting, parse } = await race(parsed, chunker)
  const [a, b] = [parsed.length / cutting, parsed.length / parse]
  console.log(`${parsed.length} files with a grammar: ${Math.round(a)} cut a second,`)
  console.log(`${Math.round(b)} parsed a second, ratio ${(a / b).toFixed(2)}`)
  if (most) await watchMemory(files, chunker, Number(most))
  await chunker.close()
}

await main()
