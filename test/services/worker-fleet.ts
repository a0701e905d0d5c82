import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { NODE_FLAGS } from './node-flags.ts'
import type { WorkerOrders } from './worker-process.ts'

const SCRIPT = fileURLToPath(new URL('worker-process.ts', import.meta.url))

export interface WorkerChild {
  process: ChildProcess
  /** Resolves when the worker is ready; rejects if it ended before. */
  ready: Promise<void>
  /** Resolves with its exit code, or with the signal that killed it. */
  ended: Promise<number | NodeJS.Signals>
  /** Kills it with SIGKILL. */
  kill(): Promise<void>
}

/** Starts a worker process on the services in `environment`. */
export function startWorkerProcess(
  orders: WorkerOrders,
  environment: Partial<NodeJS.ProcessEnv>,
): WorkerChild {
  const child = spawn(process.execPath, [...NODE_FLAGS, SCRIPT, JSON.stringify(orders)], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit').then(([code, signal]) => code ?? signal)
  const ready = Promise.race([
    once(child.stdout, 'data').then(() => {}),
    ended.then((how) => {
      throw new Error(`a worker process ended with ${how} before it was ready`)
    }),
  ])
  // A test that kills the worker early does not wait for it.
  ready.catch(() => {})
  async function kill(): Promise<void> {
    child.kill('SIGKILL')
    await ended
  }
  return { process: child, ready, ended, kill }
}

/** Starts several workers, each of which is restarted when it is killed. */
export function startFleet(
  count: number,
  orders: WorkerOrders,
  environment: Partial<NodeJS.ProcessEnv>,
) {
  const workers = Array.from({ length: count }, () => startWorkerProcess(orders, environment))
  return {
    workers,
    async replace(index: number): Promise<WorkerChild> {
      await workers[index]?.kill()
      const next = startWorkerProcess(orders, environment)
      workers[index] = next
      return next
    },
    async stop(): Promise<void> {
      await Promise.all(workers.map((worker) => worker.kill()))
    },
  }
}
