import { z } from 'zod'

/** What a sync run was asked to read. */
export const runRequest = z.object({
  mode: z.enum(['full', 'incremental']),
  /** `owner/name`; null is every repository of the installation. */
  repositories: z.array(z.string()).nullable().default(null),
  /** Pull requests updated since then; `all` is the whole history. */
  since: z.union([z.literal('all'), z.iso.datetime().transform(normalise)]),
  /** The newest so many per repository. */
  maxPrs: z.number().int().positive().nullable().default(null),
  /** False: what GitHub answered is not kept beyond the run. */
  cache: z.literal(false).optional(),
})
export type RunRequest = z.infer<typeof runRequest>

/** One spelling for each moment, so that moments compare as texts do. */
function normalise(moment: string): string {
  return new Date(moment).toISOString()
}

/** Whether a run of `wide` reads everything that one of `narrow` would. */
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

/** The narrowest request that covers both. */
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
