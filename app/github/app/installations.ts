import type { Config } from '#app/config/env.server.ts'
import { FatalError, RateLimitedError, RetryableError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { isActiveInstallation } from '#app/database/predicates.ts'
import { PRIORITY } from '#app/queues/stages.ts'
import { explainApp, SUSPENDED, SWITCHED_OFF, UNAPPROVED, UNINSTALLED } from '../app-errors.ts'
import { openGithub } from '../client.ts'
import type { Connection } from '../connection/connection.ts'
import { openApp } from '../connection/open-app.ts'
import { readConnection } from '../connection/read-connection.ts'
import { limitError, sortRest } from '../errors.ts'
import { missingOf } from '../rights.ts'
import { sendOnce } from '../send.ts'
import { type OwnApp, readOwnApp } from './own-app.ts'

const PAGE = 100

interface FoundInstallation {
  kind: 'app' | 'token'
  externalId: string
  account: string
  /** Reason for being inactive; null while active. */
  inactive: string | null
  missing: string[]
  pages: Pages | null
}

/** What the card links to when a right is missing. */
interface Pages {
  /** Where the App's owner changes its rights. */
  app: string
  /** Where an owner of the account accepts them. */
  installation: string
  /** Rights that the App itself does not ask for. */
  notAsked: string[]
}

/**
 * Why a known installation is inactive: because of GitHub, or else because an operator has switched it off or has
 * not approved it. The newest decision counts, even one that is made meanwhile.
 */
const REASON = `case
  when coalesce(excluded.inactive_reason, '${UNAPPROVED}') <> '${UNAPPROVED}' then excluded.inactive_reason
  when installation.settings -> 'active' = 'false' then '${SWITCHED_OFF}'
  when installation.settings -> 'active' is null then excluded.inactive_reason end`

/**
 * Synchronizes the installations with GitHub: those of the App, or the one of the personal token.
 * Installations that GitHub no longer lists become inactive. Called at startup and every few minutes.
 *
 * @returns the ids of new installations.
 * @throws the error of the call to GitHub; nothing is changed then.
 */
export async function refreshInstallations(
  pool: Pool,
  config: Config,
  logger: Logger,
): Promise<string[]> {
  const began = await pool.query<{ now: Date }>('select clock_timestamp() as now')
  const connection = await readConnection(pool, config)
  const found = await findAll(pool, { config, connection, logger })
  if (!found) return []
  const { rows } = await pool.query<{ id: string; isNew: boolean }>(
    `insert into installation (kind, external_id, account, active, inactive_reason, inactive_at, settings)
     select kind, external_id, account, inactive is null, inactive,
       case when inactive is not null then now() end,
       jsonb_build_object('missing_permissions', missing::jsonb, 'history', $6::text, 'pages', pages::jsonb)
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $7::text[])
       as found (kind, external_id, account, inactive, missing, pages)
     order by external_id
     on conflict (external_id) do update
     set account = excluded.account, active = ${REASON} is null,
       inactive_reason = ${REASON}, updated_at = now(),
       inactive_at = case when ${REASON} is not null then coalesce(installation.inactive_at, now()) end,
       erased_at = case when ${REASON} is not null or installation.inactive_at is null
         then installation.erased_at end,
       settings = excluded.settings || installation.settings || jsonb_build_object(
         'missing_permissions', excluded.settings -> 'missing_permissions', 'pages', excluded.settings -> 'pages')
     returning id, xmax = 0 as is_new`,
    [
      found.map((one) => one.kind),
      found.map((one) => one.externalId),
      found.map((one) => one.account),
      found.map((one) => one.inactive),
      found.map((one) => JSON.stringify(one.missing)),
      config.SYNC_HISTORY,
      found.map((one) => JSON.stringify(one.pages)),
    ],
  )
  // An installation that another process has just added may be newer than this listing.
  await pool.query(
    `update installation set active = false, inactive_at = now(), updated_at = now(),
       inactive_reason = case when kind = $2 and kind = 'app' then $3 else $4 end
     where ${isActiveInstallation('installation')} and external_id <> all($1::text[]) and updated_at < $5`,
    [
      found.map((one) => one.externalId),
      connection.access.kind,
      UNINSTALLED,
      'other credentials are configured',
      began.rows[0]?.now,
    ],
  )
  return rows.filter((row) => row.isNew).map((row) => row.id)
}

interface Finding {
  config: Config
  connection: Connection
  logger: Logger
}

/** @returns null without credentials, or while GitHub limits the rate. */
async function findAll(pool: Pool, finding: Finding): Promise<FoundInstallation[] | null> {
  const { access } = finding.connection
  if (access.kind === 'none') return null
  if (access.kind === 'unreadable') throw new FatalError(`${access.message}: ${access.hint}`)
  const { connection, logger } = finding
  try {
    if (access.kind === 'token') return [await findViewer(pool, finding)]
    const found = await listInstallations(connection, logger)
    // If the list shifts between two pages, an installation may appear twice.
    return [...new Map(found.map((one) => [one.externalId, one])).values()]
  } catch (error) {
    if (!(error instanceof RateLimitedError)) throw error
    logger.info(
      { until: error.until },
      'a rate limit of GitHub: the installations are refreshed later',
    )
    return null
  }
}

async function listInstallations(
  connection: Connection,
  logger: Logger,
): Promise<FoundInstallation[]> {
  const octokit = openApp(connection, logger)?.octokit
  const app = octokit ? await readOwnApp(octokit, connection.webUrl) : null
  const found: FoundInstallation[] = []
  for (let page = 1; octokit; page++) {
    const { data } = await octokit
      .request('GET /app/installations', { per_page: PAGE, page })
      .catch((error: unknown) => {
        throw explainApp(error).error
      })
    // Octokit returns a truncated body as text, which must not be taken for an empty list.
    if (!Array.isArray(data)) throw new RetryableError("GitHub's answer is incomplete", 'broken')
    found.push(...data.map((one) => describeInstallation(one, app as OwnApp)))
    if (data.length < PAGE) break
  }
  return found
}

interface Listed {
  id: number
  account: { id: number; login?: string } | null
  suspended_at: string | null
  html_url: string
  permissions: object
}

function describeInstallation(one: Listed, app: OwnApp): FoundInstallation {
  const isOwn = app.ownerId === null || app.ownerId === one.account?.id
  return {
    kind: 'app',
    externalId: String(one.id),
    account: one.account?.login ?? String(one.id),
    inactive: one.suspended_at ? SUSPENDED : isOwn ? null : UNAPPROVED,
    missing: missingOf(one.permissions),
    pages: {
      app: app.permissionsPage,
      installation: one.html_url,
      notAsked: missingOf(app.permissions),
    },
  }
}

interface Viewer {
  id: number
  login: string
}

async function findViewer(pool: Pool, finding: Finding): Promise<FoundInstallation> {
  const viewer = await readViewer(pool, finding)
  if (!Number.isInteger(viewer?.id) || !viewer?.login)
    throw new RetryableError('GitHub did not say to whom the personal token belongs', 'broken')
  const externalId = `token:${viewer.id}`
  return {
    kind: 'token',
    externalId,
    account: viewer.login,
    inactive: null,
    missing: [],
    pages: null,
  }
}

/** Returns the owner of the token. Uses the rate limits of the token's installation if one is stored. */
async function readViewer(
  pool: Pool,
  { config, connection, logger }: Finding,
): Promise<Viewer | null> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from installation i where kind = 'token' and ${isActiveInstallation('i')} order by id limit 1`,
  )
  const [known] = rows
  if (known) {
    const caller = { installationId: known.id, priority: PRIORITY.access }
    return (await openGithub({ pool, config, logger }).read<Viewer>(caller, '/user')).body
  }
  const { access, apiUrl } = connection
  const token = access.kind === 'token' ? access.token : ''
  const sorted = sortRest<Viewer>(await sendOnce(`${apiUrl}/user`, { token }))
  if (sorted.state === 'answered') return sorted.value.body
  if (sorted.state === 'failed') throw sorted.error
  if (sorted.state === 'limited') throw limitError(sorted)
  throw new FatalError('GitHub does not accept the personal token: set one that is valid')
}
