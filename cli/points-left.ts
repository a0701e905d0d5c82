import type { Budget } from '#app/github/budgets.ts'
import type { Job } from '#app/ledger/views/job.ts'

/** Formats the GraphQL points that the installation of a job has left: `4,832 of 5,000 points left`. */
export function pointsLeft({ installation }: Job, budgets: Budget[]): string | null {
  const own = budgets.find(
    ({ installationId, resource }) => installationId === installation.id && resource === 'graphql',
  )
  if (!own || own.remaining === null) return null
  const limit = own.limit === null ? '' : ` of ${own.limit.toLocaleString('en-US')}`
  return `${own.remaining.toLocaleString('en-US')}${limit} points left`
}
