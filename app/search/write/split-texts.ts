/**
 * Splits texts without holding up the loop of the process, whatever the texts are: long ones are split in
 * threads, and short ones on the loop, in turns with everything else.
 */
import { availableParallelism } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import type { Logger } from '#app/config/logger.server.ts'
import { openThreads, type Threads } from '#app/threads/open-threads.ts'
import { ThreadEndedError } from '#app/threads/start-thread.ts'
import { type Authored, type Part, partsOf, plainPartsOf } from './parts.ts'

/** Bytes of texts up to which a thread costs more than it is worth: its answer has to be copied. */
const MOST_ON_LOOP = 32_768
/** Bytes of the texts that a thread gets at once; a longer text goes alone. */
const TASK = 131_072
/** Tasks of one record at a time, so that others get a thread as well. */
const LANES = 2
/** Time in ms after which others get a turn. */
const TURN = 20

const OPTIONS = {
  module: new URL('./split-thread.ts', import.meta.url),
  // One core is left for the loop.
  most: Math.max(1, Math.min(4, availableParallelism() - 1)),
  // A task takes a second or two at the worst; this is for a machine that hardly runs.
  limitMs: 60_000,
  memoryMb: 512,
  idleMs: 60_000,
}

let threads: Threads<Authored[], Part[][]> | null = null

/** Splits texts into parts, in their order. @param logger is told of texts that had to be cut plainly. */
export async function splitTexts(texts: Authored[], logger?: Logger): Promise<Part[][]> {
  const sizes = texts.map(({ text }) => Buffer.byteLength(text))
  if (sizes.reduce((sum, size) => sum + size, 0) <= MOST_ON_LOOP) return splitInTurns(texts)
  const tasks = tasksOf(texts, sizes)
  const answers: Part[][][] = []
  const next = tasks.entries()
  async function work(): Promise<void> {
    for (const [index, task] of next) answers[index] = await splitInThread(task, logger)
  }
  await Promise.all(Array.from({ length: LANES }, work))
  return answers.flat()
}

/** Ends the threads that are idle. */
export async function endSplitting(): Promise<void> {
  await threads?.close()
}

let turn = performance.now()

/** Splits on the loop, which gets a turn after each text that ends later than `TURN` since the last one. */
async function splitInTurns(texts: Authored[]): Promise<Part[][]> {
  const split: Part[][] = []
  for (const text of texts) {
    split.push(partsOf(text))
    if (performance.now() - turn < TURN) continue
    await setImmediate()
    turn = performance.now()
  }
  return split
}

function tasksOf(texts: Authored[], sizes: number[]): Authored[][] {
  const tasks: Authored[][] = []
  let room = 0
  for (const [index, text] of texts.entries()) {
    const size = sizes[index] as number
    if (tasks.length === 0 || size > room) {
      tasks.push([])
      room = TASK
    }
    tasks.at(-1)?.push(text)
    room -= size
  }
  return tasks
}

/**
 * Splits texts in a thread. If it dies or takes too long, each text is tried alone, and the one at fault is
 * cut plainly, so that it costs neither another text nor the record.
 */
async function splitInThread(texts: Authored[], logger?: Logger): Promise<Part[][]> {
  threads ??= openThreads(OPTIONS)
  try {
    return await threads.run(texts)
  } catch (error) {
    if (!(error instanceof ThreadEndedError)) throw error
    logger?.warn({ err: error, texts: texts.map(({ sourceId }) => sourceId) }, 'a thread ended')
    // Nothing is wrong with the texts then.
    if (!error.hadStarted) return splitInTurns(texts)
    if (texts.length === 1) return texts.map(plainPartsOf)
  }
  const parts: Part[][] = []
  for (const text of texts) parts.push(...(await splitInThread([text], logger)))
  return parts
}
