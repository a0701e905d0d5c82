import { threadId } from 'node:worker_threads'

export type OddTask = 'id' | 'hang' | 'exit' | 'throw' | 'memory'

/** Does what is asked, in a thread. */
export function work(task: OddTask): number {
  if (task === 'hang') for (;;);
  if (task === 'exit') process.exit(1)
  if (task === 'throw') throw new RangeError('as asked')
  if (task === 'memory') fill()
  return threadId
}

function fill(): never {
  const kept: number[][] = []
  for (;;) kept.push(Array.from({ length: 100_000 }, Math.random))
}
