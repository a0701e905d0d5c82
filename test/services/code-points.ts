/** What a handler of code has done when a process dies; nothing of it is settled. */
export const CODE_POINTS = ['list', 'files', 'chunks', 'publish'] as const
export type CodePoint = (typeof CODE_POINTS)[number]

/** The orders of a test to a process that ingests code and ends, as JSON in its first argument. */
export interface CodeOrders {
  repository: string
  /** The datasets of the project `core` to ingest it into; an open job is joined. */
  datasets: string[]
  /** Kills the process with SIGKILL. */
  dieAt?: CodePoint
}
