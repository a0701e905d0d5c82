import { Worker } from 'node:worker_threads'

export interface ThreadOptions {
  /**
   * A module that exports `work`, a function of one task that returns or promises its answer. Both are copied
   * between the threads.
   */
  module: URL
  /** Time in ms after which a task is given up. */
  limitMs: number
  /** Time in ms after which an idle thread ends. */
  idleMs: number
  /** Memory of a thread; one that needs more ends without the process. */
  memoryMb: number
  /** Tasks after which a thread ends, if its memory only grows. */
  mostTasks?: number
}

export class ThreadEndedError extends Error {
  /** False if the thread could not even be started. */
  hadStarted: boolean

  constructor(message: string, { cause, hadStarted }: { cause?: unknown; hadStarted: boolean }) {
    super(message, { cause })
    this.name = 'ThreadEndedError'
    this.hadStarted = hadStarted
  }
}

export interface Job<Task, Answer> {
  task: Task
  resolve: (answer: Answer) => void
  reject: (error: unknown) => void
}

export interface Thread<Task, Answer> {
  /** True if it cannot take a task now, or not any more. */
  isBusy(): boolean
  begin(job: Job<Task, Answer>): void
  end(): Promise<unknown>
}

type Message<Answer> = { ready: true } | { answer: Answer } | { error: unknown }

/** Starts a thread. @param moved is called when it is free, and when it has ended. */
export function startThread<Task, Answer>(
  options: ThreadOptions,
  moved: (state: 'free' | 'ended') => void,
): Thread<Task, Answer> {
  const worker = startWorker(options)
  let job: Job<Task, Answer> | null = null
  let isEnding = false
  let hadStarted = false
  let left = options.mostTasks ?? Number.POSITIVE_INFINITY
  let failure: { message: string; cause?: unknown } = { message: 'A thread ended' }
  let timer: NodeJS.Timeout | undefined

  function endAfter(ms: number, message: string): void {
    clearTimeout(timer)
    timer = setTimeout(() => {
      failure = { message }
      void end()
    }, ms)
    timer.unref()
  }

  function end(): Promise<unknown> {
    isEnding = true
    return worker.terminate()
  }

  worker.on('message', (message: Message<Answer>) => {
    hadStarted = true
    if ('ready' in message) return
    if ('error' in message) job?.reject(message.error)
    else job?.resolve(message.answer)
    job = null
    worker.unref()
    left--
    if (left === 0) void end()
    else endAfter(options.idleMs, 'A thread was idle')
    moved('free')
  })
  worker.on('error', (cause) => {
    failure = { message: 'A thread ended with an error', cause }
  })
  worker.on('exit', () => {
    clearTimeout(timer)
    job?.reject(new ThreadEndedError(failure.message, { cause: failure.cause, hadStarted }))
    moved('ended')
  })
  return {
    isBusy: () => isEnding || job !== null,
    begin(next) {
      job = next
      // A process waits for a task in progress, and for nothing else of a thread.
      worker.ref()
      endAfter(options.limitMs, `A task took longer than ${options.limitMs} ms`)
      worker.postMessage(next.task)
    },
    end,
  }
}

function startWorker({ module, memoryMb }: ThreadOptions): Worker {
  // Not `new Worker(new URL(…))`, which bundlers take for an entry of their own.
  const bootstrap = new URL('./bootstrap.mjs', import.meta.url)
  const worker = new Worker(bootstrap, {
    workerData: { module: module.href },
    // Neither the loaders nor the secrets of this process.
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  })
  worker.unref()
  return worker
}
