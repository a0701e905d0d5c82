/** A stage is also the name of its queue. */
export const STAGES = ['extraction', 'transform', 'embedding'] as const
export type StageName = (typeof STAGES)[number]

/**
 * Lower goes first. BullMQ's own meaning is the same: 0 is taken before all others. `last` is what gathers
 * leftovers: it goes when nothing else of its installation is due.
 */
export const PRIORITY = { access: 0, webhook: 1, person: 2, schedule: 3, last: 4 } as const
export type Priority = (typeof PRIORITY)[keyof typeof PRIORITY]

/** How much weight one batch carries: a page, 50 records, one request to a provider (`weight.ts`). */
export const BATCH_WEIGHT = {
  extraction: 1,
  transform: 50,
  embedding: 32_768,
} as const satisfies Record<StageName, number>
