/** The stages of the pipeline; each name is also the name of a queue. */
export const STAGES = ['extraction', 'transform', 'embedding'] as const
export type StageName = (typeof STAGES)[number]

/**
 * Priorities: lower numbers go first, as in BullMQ, where 0 precedes all others. Each has a neighbour on both
 * sides, for repositories that go first or last. `last` is for items that collect leftovers; it runs when nothing
 * else of its installation is due.
 */
export const PRIORITY = { access: 1, webhook: 4, person: 7, schedule: 10, last: 13 } as const
/** One of {@link PRIORITY}, or a neighbour of it. */
export type Priority = number

/** The place of a repository among those of its installation. */
const RANKS = { first: -1, between: 0, last: 1 } as const
export type Rank = keyof typeof RANKS

/** The bounds of all of them. */
export const PRIORITY_BOUNDS = { lowest: 0, highest: 14 } as const

/** Returns the priority of work for a repository. @param priority one of {@link PRIORITY}. */
export function ranked(priority: Priority, rank: Rank): Priority {
  return priority + RANKS[rank]
}

/** Returns true if the work is done for somebody who waits for it. */
export function isUrgent(priority: Priority): boolean {
  return priority <= ranked(PRIORITY.person, 'last')
}

/**
 * Maximum weight of one batch: a page, 50 records of at most 64 KB (`raw-records.ts`), or one request to a
 * provider (`weight.ts`).
 */
export const BATCH_WEIGHT = {
  extraction: 1,
  transform: 50,
  embedding: 32_768,
} as const satisfies Record<StageName, number>
