import type { JobStatus } from '#app/sync/status/job-status.ts'

/** Formats the GraphQL points that the installation of a job has left: `4,832 of 5,000 points left`. */
export function pointsLeft({ points }: Pick<JobStatus, 'points'>): string | null {
  if (points === null) return null
  const limit = points.limit === null ? '' : ` of ${points.limit.toLocaleString('en-US')}`
  return `${points.remaining.toLocaleString('en-US')}${limit} points left`
}
