/**
 * Validates sync requests of people and programs, and submits them for the installation that they concern.
 */

import { z } from 'zod'
import { type ChangeScope, operated, type Scope } from '#app/auth/scope.ts'
import type { Config } from '#app/config/env.server.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { isCopied } from '#app/database/predicates.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { givenRepository, repositoryNameOn } from '#app/github/repository-names.ts'
import type { RequestedBy, RequestedRun } from '#app/ledger/runs.ts'
import { keepRepositories } from './choose-installations.ts'
import { type RepositoryChecks, type Requested, refuseUnknown } from './refuse-unknown.ts'
import { requestSync } from './request-sync.ts'

const ID = /^\d{1,18}$/

/** Schema of a sync request; every field is optional. */
export const requestedSync = z.strictObject({
  installation: z
    .union([z.string(), z.number().int()])
    .transform(String)
    .refine((id) => ID.test(id), 'must be the number of an installation')
    .optional(),
  mode: z.enum(['full', 'incremental']).default('incremental'),
  repositories: z.array(givenRepository).min(1).max(1_000).optional(),
  since: z
    .union([z.literal('all'), z.iso.date(), z.iso.datetime({ offset: true })], {
      error: 'must be a date (2026-01-31), a time (2026-01-31T12:00:00Z) or all',
    })
    .optional(),
  maxPrs: z.number().int().positive().max(1_000_000).optional(),
  cache: z
    .boolean()
    .optional()
    .describe('False keeps no raw records beyond the job, so that `replay` is not possible.'),
})
export type RequestedSync = z.infer<typeof requestedSync>

export type RequestServices = Pick<Database, 'prisma'> & RepositoryChecks & { config: Config }

/**
 * Requests a sync of an installation in scope. The installation may be omitted if there is only one.
 *
 * @throws RefusedError if the installation is unknown or ambiguous, or a repository is unknown or elsewhere.
 * @throws OperatorError if it is inactive.
 */
export async function requestSyncFor(
  services: RequestServices,
  scope: ChangeScope,
  by: RequestedBy,
  requested: RequestedSync,
): Promise<RequestedRun> {
  const { installation, repositories: given, ...options } = requested
  const { pool, prisma, config } = services
  const { webUrl } = await readConnection(pool, config)
  const repositories = given?.map((text) => repositoryNameOn(webUrl, text))
  const found = await findInstallation(pool, scope, installation)
  if (repositories) await refuseUnknown(services, found, repositories)
  if (found.kind === 'token' && repositories)
    await keepRepositories(await prisma(), found.id, repositories)
  return requestSync(pool, found.id, by, { ...options, repositories })
}

async function findInstallation(
  pool: Pool,
  scope: Scope,
  id: string | undefined,
): Promise<Requested> {
  const { values, bind } = parametersOf([id ?? null])
  const { rows } = await pool.query<Requested>(
    `select id, kind, account from installation
     where ${operated(scope, 'id')(bind)} and ${isCopied('installation')} and ($1::bigint is null or id = $1)
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
