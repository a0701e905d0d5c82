import { CloneError } from './clone-error.ts'
import type { Opened } from './resolve-commit.ts'
import { type GitProcess, streamGit } from './run-git.ts'

/** A blob. `bytes` is null for one over the limit, whose size alone is read. */
export type Blob = { oid: string; size: number; bytes: Buffer | null }

/** Blobs asked for at once: few enough that their names fit into a pipe that nobody reads yet. */
const WINDOW = 64

export type BlobSource = Opened & {
  /** Bytes; of a larger blob the size alone is read. */
  blobBytes: number
}

/**
 * Reads blobs by two processes: one tells the sizes, so that the other never has to load a large blob. Git waits
 * while its output is not read.
 */
export async function* readBlobs(
  { folder, signal, blobBytes }: BlobSource,
  oids: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<Blob> {
  const start = (mode: string) => streamGit({ folder, signal, args: ['cat-file', mode] })
  const sizes = start('--batch-check=%(objectname) %(objecttype) %(objectsize)')
  const contents = start('--batch=%(objectname) %(objecttype) %(objectsize)')
  const readers = { sizes: readBytes(sizes.stdout), contents: readBytes(contents.stdout) }
  try {
    for await (const window of windowsOf(oids)) {
      const heads = await askSizes(sizes, readers.sizes, window)
      const small = heads.filter(({ size }) => size <= blobBytes)
      await contents.write(small.map(({ oid }) => `${oid}\n`).join(''))
      for (const { oid, size } of heads) {
        const bytes = size <= blobBytes ? await readContent(readers.contents) : null
        yield { oid, size, bytes }
      }
    }
    await Promise.all([sizes.end(), contents.end()])
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    await Promise.all([sizes.stop(), contents.stop()])
  }
}

async function askSizes(git: GitProcess, reader: ByteReader, oids: string[]) {
  await git.write(oids.map((oid) => `${oid}\n`).join(''))
  const heads: { oid: string; size: number }[] = []
  for (const _ of oids) heads.push(await readHead(reader))
  return heads
}

async function readContent(reader: ByteReader): Promise<Buffer> {
  const { size } = await readHead(reader)
  const bytes = await reader.take(size)
  await reader.take(1)
  return bytes
}

async function readHead(reader: ByteReader): Promise<{ oid: string; size: number }> {
  const [oid = '', type, size] = (await reader.line()).split(' ')
  if (type !== 'blob') throw missing(`${oid} is ${type === 'missing' ? 'missing' : 'no blob'}`)
  return { oid, size: Number(size) }
}

async function* windowsOf(
  oids: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<string[]> {
  let window: string[] = []
  for await (const oid of oids) {
    if (!/^[0-9a-f]{40,64}$/.test(oid)) throw missing('a name is no id of an object')
    window.push(oid)
    if (window.length < WINDOW) continue
    yield window
    window = []
  }
  if (window.length > 0) yield window
}

type ByteReader = { line(): Promise<string>; take(size: number): Promise<Buffer> }

function readBytes(stream: AsyncIterable<Buffer>): ByteReader {
  const parts = stream[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  async function more(): Promise<Buffer> {
    const { done, value } = await parts.next()
    if (done) throw missing('git ended early')
    return value
  }
  async function take(size: number): Promise<Buffer> {
    const taken = [held]
    let length = held.length
    while (length < size) {
      const part = await more()
      taken.push(part)
      length += part.length
    }
    const all = taken.length === 1 ? held : Buffer.concat(taken, length)
    held = all.subarray(size)
    return all.subarray(0, size)
  }
  async function line(): Promise<string> {
    let end = held.indexOf(10)
    while (end < 0) {
      held = Buffer.concat([held, await more()])
      end = held.indexOf(10)
    }
    const text = await take(end + 1)
    return text.subarray(0, end).toString('latin1')
  }
  return { line, take }
}

function missing(reason: string): CloneError {
  return new CloneError(
    'broken',
    `The clone is damaged (${reason})`,
    'The next attempt makes a new one.',
  )
}
