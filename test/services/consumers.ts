import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Starts a process that takes one queue job of the stage `transform` and never finishes it. */
export async function takeAndHold(
  environment: Partial<NodeJS.ProcessEnv>,
  add: () => Promise<void>,
): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('./hold-queue-job.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  await once(child, 'message')
  const taken = once(child, 'message')
  await add()
  await taken
  return child
}
