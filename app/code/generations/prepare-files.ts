import { availableParallelism } from 'node:os'
import { openThreads } from '#app/threads/open-threads.ts'
import { openChunker } from '../chunks/open-chunker.ts'
import type { FileRules } from '../chunks/shapes.ts'
import type { PreparedFile } from './prepare-thread.ts'
import type { Cut } from './recipes.ts'
import type { DividedFile, StoredChunk } from './store-chunks.ts'

export interface SourceOfFile {
  id: string
  path: string
  bytes: Uint8Array
  attributes: FileRules
  cut: Cut
}

export interface Preparer {
  /** Divides files and prepares their chunks for storage, in their order, off the loop of the process. */
  prepare(files: SourceOfFile[]): Promise<DividedFile[]>
  /** Ends the idle threads. */
  close(): Promise<void>
}

// One core is left for the loop.
const THREADS = Math.max(1, Math.min(4, availableParallelism() - 1))
/** UTF-16 units of the texts that a thread gets at once. */
const TASK = 262_144

export function openPreparer(): Preparer {
  const chunker = openChunker({ threads: THREADS })
  const threads = openThreads<PreparedFile[], StoredChunk[][]>({
    module: new URL('./prepare-thread.ts', import.meta.url),
    most: THREADS,
    // A task takes a second at the worst; this is for a machine that hardly runs.
    limitMs: 60_000,
    memoryMb: 512,
    idleMs: 30_000,
  })
  return {
    async prepare(files) {
      const cut = await chunker.cut(files.map((file) => ({ ...file, chunkSize: file.cut.size })))
      const all = cut.map((file, index) => ({
        ...{ path: file.path, chunks: file.chunks },
        overlap: (files[index] as SourceOfFile).cut.overlap,
      }))
      const prepared = await Promise.all(tasksOf(all).map((task) => threads.run(task)))
      const chunks = prepared.flat()
      return cut.map(({ language, grammar, skipped }, index) => ({
        id: (files[index] as SourceOfFile).id,
        ...{ language, grammar, skipped },
        chunks: chunks[index] as StoredChunk[],
      }))
    },
    async close() {
      await Promise.all([chunker.close(), threads.close()])
    },
  }
}

function tasksOf(files: PreparedFile[]): PreparedFile[][] {
  const tasks: PreparedFile[][] = []
  let room = 0
  for (const file of files) {
    const size = file.chunks.reduce((sum, { text }) => sum + text.length, 0)
    if (tasks.length === 0 || size > room) {
      tasks.push([])
      room = TASK
    }
    tasks.at(-1)?.push(file)
    room -= size
  }
  return tasks
}
