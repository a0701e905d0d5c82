/** A person's or program's wish for a sync, made into a request of the ledger. */
import type pg from 'pg'
import { z } from 'zod'
import type { Scope } from '../auth/scope.ts'
import { RefusedError } from '../errors.server.ts'
import type { RunRequest } from './requests.ts'
import { type RequestedRun, requestRun, type Trigger } from './runs.ts'

const REPOSITORY = /^[\w.-]+\/([\w.-]+|\*)$/
const ID = /^\d{1,18}$/

/** What may be asked for; all of it may be left out. */
export const syncWish = z.strictObject({
  installation: z
    .union([z.string(), z.number().int()])
    .transform(String)
    .refine((id) => ID.test(id), 'is the number of an installation')
    .optional(),
  mode: z.enum(['full', 'incremental']).default('incremental'),
  repositories: z
    .array(z.string().regex(REPOSITORY, 'is owner/name or owner/*'))
    .min(1)
    .max(1_000)
    .optional(),
  since: z
    .union([z.literal('all'), z.iso.date(), z.iso.datetime({ offset: true })], {
      error: 'is a date (2026-01-31), a moment (2026-01-31T12:00:00Z) or all',
    })
    .optional(),
  maxPrs: z.number().int().positive().max(1_000_000).optional(),
})
export type SyncWish = z.infer<typeof syncWish>

/**
 * Asks for a sync of an installation in scope; with only one there, it need not be named.
 *
 * @throws RefusedError when it is unknown or cannot be told.
 * @throws OperatorError when it is inactive.
 */
export async function askForSync(
  pool: pg.Pool,
  scope: Scope,
  trigger: Trigger,
  wish: SyncWish,
): Promise<RequestedRun> {
  const installation = await findInstallation(pool, scope, wish.installation)
  const request: RunRequest = {
    mode: wish.mode,
    repositories: wish.repositories ? [...new Set(wish.repositories)].sort() : null,
    since: wish.since ? momentOf(wish.since) : historyOf(installation.settings, new Date()),
    maxPrs: wish.maxPrs ?? null,
  }
  return requestRun(pool, installation.id, trigger, request)
}

interface Installation {
  id: string
  settings: unknown
}

async function findInstallation(
  pool: pg.Pool,
  scope: Scope,
  id: string | undefined,
): Promise<Installation> {
  const { rows } = await pool.query<Installation>(
    `select id, settings from installation
     where ($1::bigint[] is null or id = any($1)) and ($2::bigint is null or id = $2)
     order by id limit 2`,
    [scope.installations, id ?? null],
  )
  const [first, second] = rows
  if (!first)
    throw id === undefined
      ? new RefusedError('unknown', 'There is no installation yet', 'Set access to GitHub first.')
      : new RefusedError('unknown', `There is no installation ${id}`, 'See GET /api/v1/jobs.')
  if (second)
    throw new RefusedError(
      'invalid',
      'installation: is missing, and there is more than one',
      'Name one of those that GET /api/v1/jobs lists.',
    )
  return first
}

const settingsWithHistory = z.object({
  history: z.union([z.literal('all'), z.iso.date(), z.iso.datetime({ offset: true })]).optional(),
})
const YEARS = 2

/**
 * How far back an installation is read unless somebody says otherwise: its setting `history`, or two
 * years, from the start of the day, so that requests of one day are the same.
 */
export function historyOf(settings: unknown, now: Date): RunRequest['since'] {
  const { history } = settingsWithHistory.catch({}).parse(settings)
  if (history) return momentOf(history)
  return new Date(
    Date.UTC(now.getUTCFullYear() - YEARS, now.getUTCMonth(), now.getUTCDate()),
  ).toISOString()
}

function momentOf(since: string): RunRequest['since'] {
  return since === 'all' ? since : new Date(since).toISOString()
}
