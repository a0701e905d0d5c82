/** Cuts source files into chunks, in threads: a grammar is code from elsewhere that meets hostile text. */
import { openThreads, type Threads } from '#app/threads/open-threads.ts'
import { ThreadEndedError } from '#app/threads/start-thread.ts'
import type { Batch } from './chunk-thread.ts'
import { cutAtLines } from './cut-file.ts'
import { LARGEST } from './read-source.ts'
import type { CutFile, SourceFile } from './shapes.ts'

/** Characters of a chunk that are not white space. */
const SIZE = 1_500
/** Bytes and files that a thread gets at once; a larger file goes alone. */
const BATCH_BYTES = 262_144
const BATCH_FILES = 64

const OPTIONS = {
  module: new URL('./chunk-thread.ts', import.meta.url),
  // A batch takes well under a second; this is for a grammar that hangs.
  limitMs: 30_000,
  memoryMb: 256,
  idleMs: 30_000,
  // The memory of WebAssembly only grows.
  mostTasks: 200,
}

export interface Chunker {
  /**
   * Cuts files, in their order. A file that costs its thread is cut at lines.
   *
   * @throws ThreadEndedError if no thread can be started.
   */
  cut(files: SourceFile[]): Promise<CutFile[]>
  /** Ends the idle threads. */
  close(): Promise<void>
}

/** @param options.threads number of threads. @param options.size see `SIZE`, the default. */
export function openChunker({ threads, size = SIZE }: { threads: number; size?: number }): Chunker {
  return chunkIn(openThreads({ ...OPTIONS, most: threads }), { threads, size })
}

export function chunkIn(
  open: Threads<Batch, CutFile[]>,
  { threads, size }: { threads: number; size: number },
): Chunker {
  return {
    async cut(files) {
      const batches = batchesOf(files)
      const cut: CutFile[][] = []
      const next = batches.entries()
      async function lane(): Promise<void> {
        for (const [index, batch] of next) cut[index] = await cutInThread(open, batch, size)
      }
      await Promise.all(Array.from({ length: threads }, lane))
      return cut.flat()
    },
    close: () => open.close(),
  }
}

function batchesOf(files: SourceFile[]): SourceFile[][] {
  const batches: SourceFile[][] = []
  let room = 0
  for (const file of files) {
    const last = batches.at(-1)
    const { byteLength } = file.bytes
    if (last && last.length < BATCH_FILES && byteLength <= room) last.push(file)
    else {
      batches.push([file])
      room = BATCH_BYTES
    }
    room -= byteLength
  }
  return batches
}

/** Tries each file alone after a thread has ended, so that the one at fault costs no other its chunks. */
async function cutInThread(
  open: Threads<Batch, CutFile[]>,
  files: SourceFile[],
  size: number,
): Promise<CutFile[]> {
  try {
    return await open.run({ files: files.map(ownBytes), size })
  } catch (error) {
    if (!(error instanceof ThreadEndedError)) throw error
    // Nothing is wrong with the files then.
    if (!error.hadStarted) throw error
    if (files.length === 1) return files.map((file) => cutAtLines(file, file.chunkSize ?? size))
  }
  const cut: CutFile[] = []
  for (const file of files) cut.push(...(await cutInThread(open, [file], size)))
  return cut
}

/** A view is copied to a thread with all of the memory behind it; of a file that is too large, less is enough. */
function ownBytes(file: SourceFile): SourceFile {
  const { bytes } = file
  return { ...file, bytes: Uint8Array.from(bytes.subarray(0, LARGEST + 1)) }
}
