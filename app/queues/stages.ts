/** The stages of the pipeline; each name is also the name of a queue. */
export const STAGES = ['extraction', 'transform', 'embedding'] as const
export type StageName = (typeof STAGES)[number]

/**
 * Priorities: lower numbers go first, as in BullMQ, where 0 precedes all others. `last` is for items that
 * collect leftovers; it runs when nothing else of its installation is due.
 */
export const PRIORITY = { access: 0, webhook: 1, person: 2, schedule: 3, last: 4 } as const
export type Priority = (typeof PRIORITY)[keyof typeof PRIORITY]

/**
 * Maximum weight of one batch: a page, 50 records of at most 64 KB (`raw-records.ts`), or one request to a
 * provider (`weight.ts`).
 */
export const BATCH_WEIGHT = {
  extraction: 1,
  transform: 50,
  embedding: 32_768,
} as const satisfies Record<StageName, number>
