import { isOpen, isSyncMode } from '#app/ledger/run-states.ts'
import type { Job } from '#app/ledger/views/job.ts'

/** A job state received from `/events`, with the server's timestamp. */
export interface ReceivedJob {
  job: Job
  at: string
}

export function keyOf(job: Job): string {
  return `${job.installation.id}/${job.id ?? 'none'}`
}

/**
 * Merges the jobs that the loader read with those received since, and keeps the later state of each job.
 * Returns for each installation its open jobs, or else the last sync that ended, or else "ready".
 */
export function mergeJobs(loaded: Job[], loadedAt: string, received: ReceivedJob[]): Job[] {
  const known = updateJobs(loaded, loadedAt, received)
  const keys = new Set(loaded.map(keyOf))
  const added = received.filter(({ job, at }) => !keys.has(keyOf(job)) && at > loadedAt)
  const all = [...known, ...added.map(({ job }) => job)]
  return all.filter((job) => isCurrent(job, all))
}

/** Returns the later state of each job that the loader read. */
export function updateJobs(loaded: Job[], loadedAt: string, received: ReceivedJob[]): Job[] {
  const latest = new Map(received.map((one) => [keyOf(one.job), one]))
  return loaded.map((job) => later(job, loadedAt, latest.get(keyOf(job))))
}

function later(job: Job, loadedAt: string, latest: ReceivedJob | undefined): Job {
  if (!latest) return job
  const [mine, theirs] = [BigInt(job.version), BigInt(latest.job.version)]
  return theirs > mine || (theirs === mine && latest.at > loadedAt) ? latest.job : job
}

function isCurrent(job: Job, all: Job[]): boolean {
  if (isOpen(job.overall)) return true
  if (!isSyncMode(job.mode)) return false
  return !all.some(
    (other) =>
      other !== job &&
      other.installation.id === job.installation.id &&
      isSyncMode(other.mode) &&
      (isOpen(other.overall) || BigInt(other.id ?? 0) > BigInt(job.id ?? 0)),
  )
}
