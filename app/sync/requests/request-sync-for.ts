/**
 * Validates sync requests of people and programs, and submits them for the installation that they concern.
 */

import { z } from 'zod'
import { operated, type Scope } from '#app/auth/scope.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Pool } from '#app/database/pool.server.ts'
import type { RequestedRun, Trigger } from '#app/ledger/runs.ts'
import { keepRepositories } from './choose-installations.ts'
import { requestSync } from './request-sync.ts'

const REPOSITORY = /^[\w.-]+\/([\w.-]+|\*)$/
const ID = /^\d{1,18}$/

/** Schema of a sync request; every field is optional. */
export const requestedSync = z.strictObject({
  installation: z
    .union([z.string(), z.number().int()])
    .transform(String)
    .refine((id) => ID.test(id), 'must be the number of an installation')
    .optional(),
  mode: z.enum(['full', 'incremental']).default('incremental'),
  repositories: z
    .array(z.string().regex(REPOSITORY, 'must be owner/name or owner/*'))
    .min(1)
    .max(1_000)
    .optional(),
  since: z
    .union([z.literal('all'), z.iso.date(), z.iso.datetime({ offset: true })], {
      error: 'must be a date (2026-01-31), a time (2026-01-31T12:00:00Z) or all',
    })
    .optional(),
  maxPrs: z.number().int().positive().max(1_000_000).optional(),
})
export type RequestedSync = z.infer<typeof requestedSync>

/**
 * Requests a sync of an installation in scope. The installation may be omitted if there is only one.
 *
 * @throws RefusedError if the installation is unknown or ambiguous.
 * @throws OperatorError if it is inactive.
 */
export async function requestSyncFor(
  { pool, prisma }: Pick<Database, 'pool' | 'prisma'>,
  scope: Scope,
  trigger: Trigger,
  requested: RequestedSync,
): Promise<RequestedRun> {
  const { installation, ...options } = requested
  const { id, kind } = await findInstallation(pool, scope, installation)
  if (kind === 'token' && options.repositories)
    await keepRepositories(await prisma(), id, options.repositories)
  return requestSync(pool, id, trigger, options)
}

interface Installation {
  id: string
  kind: 'app' | 'token'
}

async function findInstallation(
  pool: Pool,
  scope: Scope,
  id: string | undefined,
): Promise<Installation> {
  const { values, bind } = parametersOf([id ?? null])
  const { rows } = await pool.query<Installation>(
    `select id, kind from installation
     where ${operated(scope, 'id')(bind)} and ($1::bigint is null or id = $1)
     order by id limit 2`,
    values,
  )
  const [first, second] = rows
  if (!first)
    throw id === undefined
      ? new RefusedError(
          'unknown',
          'There is no installation yet',
          'Configure the GitHub credentials first.',
        )
      : new RefusedError(
          'unknown',
          `There is no installation ${id}`,
          'GET /api/v1/jobs lists the installations.',
        )
  if (second)
    throw new RefusedError(
      'invalid',
      'installation: is required because there is more than one',
      'Send the number of one that GET /api/v1/jobs lists.',
    )
  return first
}
