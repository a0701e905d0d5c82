import { STAGES } from '#app/queues/stages.ts'
import type { JobStatus } from '#app/sync/status/job-status.ts'
import { type Terminal, write } from '#server/folder/command-socket.ts'
import { pointsLeft } from './points-left.ts'

const NOTHING_YET = { read: 0, expected: 0, atMost: false, isListed: false }
/** Minimum time between two lines if stderr is not a terminal. */
const QUIET_MS = 5_000

/** Shows the progress of a job: one updated line on a terminal, a line every few seconds elsewhere. */
export function showProgress({ stderr }: Terminal) {
  const isTerminal = 'isTTY' in stderr && stderr.isTTY === true
  const start = Date.now()
  let last = ''
  let lastAt = 0

  async function show(job: JobStatus): Promise<void> {
    const line = describeProgress(job, Date.now() - start)
    if (isTerminal) await write(stderr, `\r\u001b[2K${line}`)
    else if (line !== last && Date.now() - lastAt >= QUIET_MS) {
      await write(stderr, `${line}\n`)
      lastAt = Date.now()
    }
    last = line
  }

  async function end(): Promise<void> {
    if (isTerminal) await write(stderr, '\r\u001b[2K')
  }
  return { show, end }
}

/** Formats, for example, `Job 3: 480 of 1,178 pull requests, 1,200 a minute, 0:35 left, 4,832 points left`. */
function describeProgress(job: JobStatus, elapsedMs: number): string {
  const { read, expected, atMost, isListed } = job.pullRequests ?? NOTHING_YET
  const parts = [
    isListed && expected > 0
      ? `${read.toLocaleString('en-US')} of ${atMost ? 'at most ' : ''}${expected.toLocaleString('en-US')} pull requests`
      : `${read > 0 ? `${read.toLocaleString('en-US')} pull requests, ` : ''}checking repositories`,
  ]
  const perMs = read / elapsedMs
  if (read > 0) parts.push(`${Math.round(perMs * 60_000).toLocaleString('en-US')} a minute`)
  if (read > 0 && read < expected && isListed && !atMost)
    parts.push(`${clock((expected - read) / perMs)} left`)
  const points = pointsLeft(job)
  if (points) parts.push(points)
  const waits = Object.values(job.steps)
    .flatMap((step) => STAGES.map((stage) => step.details[stage].reason))
    .find((reason) => reason !== null)
  if (waits) parts.push(waits.message)
  return `Job ${job.id} (${job.installation.account}): ${parts.join(', ')}`
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
