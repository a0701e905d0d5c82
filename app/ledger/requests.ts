import { z } from 'zod'

/** A request for a sync run. */
export const runRequest = z.object({
  mode: z.enum(['full', 'incremental']),
  /** Names as `owner/name`; null for every repository of the installation. */
  repositories: z.array(z.string()).nullable().default(null),
  /** Lower bound of the update time of pull requests; `all` for the full history. */
  since: z.union([z.literal('all'), z.iso.datetime().transform(normaliseNames)]),
  /** Limit to the newest pull requests of each repository. */
  maxPrs: z.number().int().positive().nullable().default(null),
  /** False if raw records are not kept beyond the run. */
  cache: z.literal(false).optional(),
})
export type RunRequest = z.infer<typeof runRequest>

/** Normalizes a time to a single spelling, so that times compare as strings. */
function normaliseNames(moment: string): string {
  return new Date(moment).toISOString()
}

/** Returns true if a run of `wide` reads everything that a run of `narrow` would. */
export function covers(wide: RunRequest, narrow: RunRequest): boolean {
  const mode = wide.mode === 'full' || narrow.mode === 'incremental'
  const repositories =
    wide.repositories === null ||
    (narrow.repositories?.every((name) => wide.repositories?.includes(name)) ?? false)
  const since = wide.since === 'all' || (narrow.since !== 'all' && wide.since <= narrow.since)
  const maxPrs = wide.maxPrs === null || (narrow.maxPrs !== null && wide.maxPrs >= narrow.maxPrs)
  const cache = wide.cache !== false || narrow.cache === false
  return mode && repositories && since && maxPrs && cache
}

/** Returns the narrowest request that covers both. */
export function widen(a: RunRequest, b: RunRequest): RunRequest {
  return {
    mode: a.mode === 'full' ? 'full' : b.mode,
    repositories:
      a.repositories && b.repositories
        ? [...new Set([...a.repositories, ...b.repositories])].sort()
        : null,
    since: covers({ ...b, since: a.since }, b) ? a.since : b.since,
    maxPrs: a.maxPrs && b.maxPrs ? Math.max(a.maxPrs, b.maxPrs) : null,
    ...(a.cache === false && b.cache === false && { cache: false as const }),
  }
}
