/**
 * Threads for work that takes long: what runs in them cannot delay the loop of the process, which answers
 * requests and renews leases. A thread is started when there is work for it, ends when it has been idle for a
 * while, and never keeps the process alive. One that dies or takes too long is ended, and the next task gets
 * another.
 */
import { type Job, startThread, type Thread, type ThreadOptions } from './start-thread.ts'

export interface Threads<Task, Answer> {
  /**
   * Runs a task in the next free thread.
   *
   * @throws ThreadEndedError if its thread died or took too long, or what `work` throws.
   */
  run(task: Task): Promise<Answer>
  /** Ends the idle threads. */
  close(): Promise<void>
}

/** @param options.most number of threads at the most. */
export function openThreads<Task, Answer>(
  options: ThreadOptions & { most: number },
): Threads<Task, Answer> {
  const threads = new Set<Thread<Task, Answer>>()
  const waiting: Job<Task, Answer>[] = []

  function assign(): void {
    while (waiting.length > 0) {
      const thread = [...threads].find((one) => !one.isBusy()) ?? add()
      if (!thread) return
      thread.begin(waiting.shift() as Job<Task, Answer>)
    }
  }

  function add(): Thread<Task, Answer> | null {
    if (threads.size >= options.most) return null
    const thread = startThread<Task, Answer>(options, (state) => {
      if (state === 'ended') threads.delete(thread)
      assign()
    })
    threads.add(thread)
    return thread
  }

  return {
    run(task) {
      return new Promise((resolve, reject) => {
        waiting.push({ task, resolve, reject })
        assign()
      })
    },
    async close() {
      const idle = [...threads].filter((one) => !one.isBusy())
      await Promise.all(idle.map((one) => one.end()))
    },
  }
}
