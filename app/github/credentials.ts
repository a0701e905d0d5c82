import type { Config } from '#app/config/env.server.ts'
import { FatalError, RetryableError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { type AppFailure, deactivating, explainApp, SUSPENDED } from './app-errors.ts'
import type { Access } from './connection/connection.ts'
import { type App, openApp } from './connection/open-app.ts'
import { readConnection } from './connection/read-connection.ts'
import { deactivateInstallation } from './deactivate.ts'
import { missingOf } from './rights.ts'

export interface Credentials {
  /**
   * Returns a token of the installation. With `replace`, the previous one was rejected and a new one is made.
   *
   * @throws FatalError if GitHub issues none, RateLimitedError or RetryableError if it may do so later.
   */
  tokenOf(installationId: string, options?: { replace: boolean }): Promise<string>
  /** Returns how long this process has had its current token of the installation, in milliseconds. */
  ageOf(installationId: string): number
  /**
   * Explains why GitHub accepts no token of the installation. A suspended or uninstalled one becomes
   * inactive.
   *
   * @param message GitHub's message for the rejected token.
   */
  explain(installationId: string, message: string): Promise<Error>
}

interface Known {
  kind: string
  externalId: string
}

/** Opens the credentials of installations; App and personal token have the same interface. */
export function openCredentials(pool: Pool, config: Config, logger: Logger): Credentials {
  const known = new Map<string, Known>()
  const issued = openIssued()

  async function find(installationId: string): Promise<Known> {
    const cached = known.get(installationId)
    if (cached) return cached
    const { rows } = await pool.query<Known>(
      'select kind, external_id from installation where id = $1',
      [installationId],
    )
    const [row] = rows
    if (!row) throw new FatalError(`There is no installation ${installationId}`)
    known.set(installationId, row)
    return row
  }

  async function tokenOf(installationId: string, options = { replace: false }): Promise<string> {
    const { kind, externalId } = await find(installationId)
    const connection = await readConnection(pool, config)
    const { access } = connection
    if (kind === 'token') return personalToken(access, options.replace)
    const app = openApp(connection, logger)
    if (!app) throw missing(access, 'the App, which is not configured')
    try {
      const { token, permissions } = await makeToken(app, Number(externalId), options.replace)
      if (issued.note(installationId, token) && permissions)
        await noteMissing(pool, installationId, missingOf(permissions))
      return token
    } catch (error) {
      throw await noted(pool, installationId, explainApp(error))
    }
  }

  async function explain(installationId: string, message: string): Promise<Error> {
    const { externalId } = await find(installationId)
    const app = openApp(await readConnection(pool, config), logger)
    if (!app)
      return new FatalError(
        `GitHub does not accept the personal token (${message}): set another one`,
      )
    try {
      const route = 'GET /app/installations/{installation_id}'
      const { data } = await app.octokit.request(route, { installation_id: Number(externalId) })
      if (data.suspended_at) return await noted(pool, installationId, deactivating(SUSPENDED))
      return new FatalError(
        `GitHub issues tokens for this installation but does not accept them (${message}): see https://www.githubstatus.com, then sync again`,
      )
    } catch (error) {
      return noted(pool, installationId, explainApp(error))
    }
  }
  return { tokenOf, ageOf: issued.ageOf, explain }
}

function personalToken(access: Access, isRejected: boolean): string {
  if (access.kind !== 'token') throw missing(access, 'a personal token, which is not configured')
  if (isRejected)
    throw new FatalError(
      'GitHub does not accept the personal token, which may have expired: set another one',
    )
  return access.token
}

function missing(access: Access, what: string): FatalError {
  if (access.kind === 'unreadable') return new FatalError(`${access.message}: ${access.hint}`)
  return new FatalError(`This installation needs ${what}: configure it at /setup`)
}

/** Remembers since when this process has the current token of each installation. */
function openIssued() {
  const issued = new Map<string, { token: string; at: number }>()
  return {
    /** @returns true if it is a new token. */
    note(installationId: string, token: string): boolean {
      const isNew = issued.get(installationId)?.token !== token
      if (isNew) issued.set(installationId, { token, at: Date.now() })
      return isNew
    },
    ageOf(installationId: string): number {
      return Date.now() - (issued.get(installationId)?.at ?? Number.NEGATIVE_INFINITY)
    },
  }
}

/** GitHub's answer to the request for a token; a truncated one lacks fields. */
interface MadeToken {
  token?: string
  permissions?: object
}

async function makeToken(app: App, installationId: number, replace: boolean) {
  async function ask(refresh: boolean): Promise<MadeToken> {
    return (await app.octokit.auth({ type: 'installation', installationId, refresh })) as MadeToken
  }
  // Octokit also caches the result of a truncated answer, which contains no token.
  const first = await ask(replace)
  const { token, permissions } = first.token ? first : await ask(true)
  if (!token || token === 'undefined')
    throw new RetryableError("GitHub's answer to the request for a token is incomplete", 'broken')
  return { token, permissions }
}

/** Each new token says what the installation has granted, before the next list of installations does. */
async function noteMissing(pool: Pool, installationId: string, missing: string[]): Promise<void> {
  await pool.query(
    `update installation set settings = settings || jsonb_build_object('missing_permissions', $2::jsonb)
     where id = $1 and settings -> 'missing_permissions' is distinct from $2::jsonb`,
    [installationId, JSON.stringify(missing)],
  )
}

async function noted(
  pool: Pool,
  installationId: string,
  { error, inactive }: AppFailure,
): Promise<Error> {
  if (inactive) await deactivateInstallation(pool, installationId, inactive)
  return error
}
