/** An answer to a request that is not let in, or that no route should see. */
export interface Refusal {
  status: number
  title: string
  paragraphs: string[]
  /** Seconds. */
  retryAfter?: number
}
