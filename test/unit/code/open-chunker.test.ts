import { afterEach, expect, test } from 'vitest'
import { cutAtLines, cutFile } from '#app/code/chunks/cut-file.ts'
import { type Chunker, chunkIn, openChunker } from '#app/code/chunks/open-chunker.ts'
import type { SourceFile } from '#app/code/chunks/shapes.ts'
import { openThreads } from '#app/threads/open-threads.ts'
import { fileOf } from './cut.ts'

let chunker: Chunker

afterEach(() => chunker.close())

function filesOf(count: number): SourceFile[] {
  return Array.from({ length: count }, (_, n) =>
    fileOf(`src/${n}.c`, `int f${n}(void)\n{\n  return ${n};\n}\n`.repeat(1 + (n % 50))),
  )
}

test('threads cut files as the loop does, in their order', async () => {
  chunker = openChunker({ threads: 2, size: 300 })
  const files = filesOf(300)
  const cut = await chunker.cut(files)
  expect(cut.map(({ path }) => path)).toEqual(files.map(({ path }) => path))
  expect(cut[299]).toEqual(await cutFile(files[299] as SourceFile, 300))
  expect(await chunker.cut([])).toEqual([])
})

test('a view on much memory is copied alone, and a file that is too large is skipped', async () => {
  chunker = openChunker({ threads: 1 })
  const much = new Uint8Array(50_000_000).fill(97)
  const [view, large] = await chunker.cut([
    { path: 'a.c', bytes: much.subarray(0, 10) },
    { path: 'b.c', bytes: much },
  ])
  expect(view?.chunks[0]?.text).toBe('aaaaaaaaaa')
  expect(large?.skipped).toBe('too_large')
})

test.each(['trap.c', 'hang.c'])(
  'a file like %s ends its thread, is cut at lines, and costs no other file its chunks',
  async (path) => {
    const module = new URL('./odd-chunk-thread.ts', import.meta.url)
    const options = { module, most: 1, limitMs: 2_000, idleMs: 1_000, memoryMb: 128 }
    chunker = chunkIn(openThreads(options), { threads: 1, size: 1_500 })
    const [first, last] = filesOf(2) as [SourceFile, SourceFile]
    const odd = fileOf(path, 'int a;\n')
    const cut = await chunker.cut([first, odd, last])
    expect(cut[0]).toEqual(await cutFile(first, 1_500))
    expect(cut[1]).toEqual(cutAtLines(odd, 1_500))
    expect(cut[2]).toEqual(await cutFile(last, 1_500))
  },
)

test('a thread ends after its tasks, and the next one goes on', async () => {
  const module = new URL('../../../app/code/chunks/chunk-thread.ts', import.meta.url)
  const options = { module, most: 1, limitMs: 20_000, idleMs: 1_000, memoryMb: 128, mostTasks: 1 }
  const started: unknown[] = []
  const note = (worker: unknown) => started.push(worker)
  process.on('worker', note)
  chunker = chunkIn(openThreads(options), { threads: 1, size: 1_500 })
  const files = filesOf(150)
  expect(await chunker.cut(files)).toHaveLength(150)
  process.off('worker', note)
  expect(started).toHaveLength(3)
})
