/** What a handler of code has done when a process dies; nothing of it is settled, and search sees nothing of it. */
export const CODE_POINTS = ['list', 'files', 'chunks', 'publish'] as const
/** Search sees the code when its commits are mapped. */
export type CodePoint = (typeof CODE_POINTS)[number] | 'map'

/** The orders of a test to a process that ingests code and ends, as JSON in its first argument. */
export interface CodeOrders {
  repository: string
  /** The datasets of the project `core` to ingest it into; an open job is joined. */
  datasets: string[]
  /** Kills the process with SIGKILL. */
  dieAt?: CodePoint
}
