import { setTimeout as sleep } from 'node:timers/promises'
import { isOpen } from '#app/ledger/run-states.ts'
import type { JobStatus } from '#app/sync/status/job-status.ts'
import type { Terminal } from '#server/folder/command-socket.ts'
import { AwayError, type Backend } from './backend.ts'
import { note } from './context.ts'

/** How long a Whence elsewhere may be away, as while it restarts. */
const PATIENCE_MS = 300_000

/**
 * Waits until a job has ended.
 *
 * @param show is called with the job while it is open.
 */
export async function waitForJob(
  terminal: Terminal,
  backend: Backend,
  { id, show }: { id: string; show: (job: JobStatus) => Promise<void> },
): Promise<JobStatus> {
  try {
    for (;;) {
      const job = await readPatiently(terminal, backend, id)
      if (!isOpen(job.overall)) return job
      await show(job)
      await sleep(backend.pollMs, undefined, { signal: terminal.signal })
    }
  } catch (error) {
    if (!terminal.signal.aborted) throw error
    if (backend.url !== null)
      await note(terminal, `Job ${id} goes on at ${backend.url}; \`whence status\` shows it`)
    throw terminal.signal.reason
  }
}

async function readPatiently(terminal: Terminal, backend: Backend, id: string): Promise<JobStatus> {
  const deadline = Date.now() + PATIENCE_MS
  for (let tries = 0; ; tries++) {
    try {
      return await backend.readJob(id)
    } catch (error) {
      if (!(error instanceof AwayError) || Date.now() + error.retryMs > deadline) throw error
      if (tries === 0) await note(terminal, `${error.message}. It is asked again`)
      await sleep(error.retryMs, undefined, { signal: terminal.signal })
    }
  }
}
