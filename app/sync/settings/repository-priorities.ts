/** Which repositories of an installation are read before the others, and which after them. */
import { z } from 'zod'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Rank } from '#app/queues/stages.ts'
import { matcherOf } from './repository-filter.ts'

/** Patterns as in the repository filter. What matches both lists goes first. */
export const repositoryPriorities = z.strictObject({
  first: z.array(z.string().min(1)).default([]),
  last: z.array(z.string().min(1)).default([]),
})
export type RepositoryPriorities = z.infer<typeof repositoryPriorities>

/** @param fullName `owner/name` */
export type RankOf = (fullName: string) => Rank

/** Reads the `repository_priorities` of an installation's settings. What is not valid changes no order. */
export async function readRanks(db: Queryable, installationId: string): Promise<RankOf> {
  const { rows } = await db.query<{ priorities: unknown }>(
    `select settings -> 'repository_priorities' as priorities from installation where id = $1`,
    [installationId],
  )
  const { data } = repositoryPriorities.safeParse(rows[0]?.priorities ?? {})
  const [first, last] = [matcherOf(data?.first ?? []), matcherOf(data?.last ?? [])]
  return (fullName) => {
    const repository = { full_name: fullName, name: fullName.slice(fullName.indexOf('/') + 1) }
    return first(repository) ? 'first' : last(repository) ? 'last' : 'between'
  }
}
