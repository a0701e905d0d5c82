import type pg from 'pg'
import type { Config } from '../env.server.ts'
import type { Logger } from '../logger.server.ts'
import { openApp } from './credentials.ts'

/** What Whence reads with, and what of it an installation may not have granted. */
const NEEDED = ['checks', 'contents', 'issues', 'metadata', 'pull_requests', 'statuses'] as const

interface Found {
  kind: 'app' | 'token'
  externalId: string
  account: string
  /** Null while active. */
  inactive: string | null
  missing: string[]
}

/**
 * Brings the installations up to date with GitHub: those of the App, or the one of the personal token.
 * One that GitHub lists no more is inactive. Called at the start and every few minutes.
 *
 * @returns the ids of those that are new.
 * @throws what the call to GitHub failed with; nothing is changed then.
 */
export async function refreshInstallations(
  pool: pg.Pool,
  config: Config,
  logger: Logger,
): Promise<string[]> {
  if (config.github.kind === 'none') return []
  const found =
    config.github.kind === 'app'
      ? await listInstallations(config, logger)
      : [await findViewer(config, config.github.token)]
  const { rows } = await pool.query<{ id: string; is_new: boolean }>(
    `insert into installation (kind, external_id, account, active, inactive_reason, settings)
     select kind, external_id, account, inactive is null, inactive,
       jsonb_build_object('missing_permissions', missing::jsonb, 'history', $6::text)
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
       as found (kind, external_id, account, inactive, missing)
     on conflict (external_id) do update
     set account = excluded.account, active = excluded.active,
       inactive_reason = excluded.inactive_reason, updated_at = now(),
       settings = excluded.settings || installation.settings
         || jsonb_build_object('missing_permissions', excluded.settings -> 'missing_permissions')
     returning id, xmax = 0 as is_new`,
    [
      found.map((one) => one.kind),
      found.map((one) => one.externalId),
      found.map((one) => one.account),
      found.map((one) => one.inactive),
      found.map((one) => JSON.stringify(one.missing)),
      config.SYNC_HISTORY,
    ],
  )
  await pool.query(
    `update installation set active = false, updated_at = now(), inactive_reason = case kind
       when 'app' then 'It was uninstalled on GitHub' else 'Another credential is configured' end
     where active and external_id <> all($1::text[])`,
    [found.map((one) => one.externalId)],
  )
  return rows.filter((row) => row.is_new).map((row) => row.id)
}

async function listInstallations(config: Config, logger: Logger): Promise<Found[]> {
  const octokit = openApp(config, logger)?.octokit
  const found: Found[] = []
  for (let page = 1; octokit; page++) {
    const { data } = await octokit.request('GET /app/installations', { per_page: 100, page })
    for (const one of data) {
      const permissions: Record<string, unknown> = { ...one.permissions }
      const account = one.account && 'login' in one.account ? one.account.login : String(one.id)
      found.push({
        kind: 'app',
        externalId: String(one.id),
        account,
        inactive: one.suspended_at ? 'It was suspended on GitHub' : null,
        missing: NEEDED.filter((name) => !permissions[name]),
      })
    }
    if (data.length < 100) break
  }
  return found
}

async function findViewer(config: Config, token: string): Promise<Found> {
  const response = await fetch(`${config.GITHUB_API_URL.replace(/\/$/, '')}/user`, {
    headers: { authorization: `bearer ${token}`, 'user-agent': 'whence' },
    signal: AbortSignal.timeout(30_000),
  })
  if (!response.ok)
    throw new Error(
      response.status === 401
        ? 'GitHub does not accept GITHUB_TOKEN: set one that is valid'
        : `GitHub answered ${response.status} when it was asked whose token this is`,
    )
  const viewer = (await response.json()) as { id: number; login: string }
  return {
    kind: 'token',
    externalId: `token:${viewer.id}`,
    account: viewer.login,
    inactive: null,
    missing: [],
  }
}
