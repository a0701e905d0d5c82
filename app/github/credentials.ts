import { App } from '@octokit/app'
import { Octokit } from '@octokit/core'
import type { Config } from '#app/config/env.server.ts'
import { FatalError, RetryableError } from '#app/config/errors.server.ts'
import { fetchWithin } from '#app/config/fetch-within.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { type AppFailure, deactivating, explainApp, SUSPENDED } from './app-errors.ts'
import { deactivateInstallation } from './deactivate.ts'
import { baseOf } from './send.ts'

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

const DEADLINE_MS = 60_000

/** Opens the credentials of installations; App and personal token have the same interface. */
export function openCredentials(pool: Pool, config: Config, logger: Logger): Credentials {
  const { github } = config
  const app = openApp(config, logger)
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
    if (kind === 'token') {
      if (github.kind !== 'token')
        throw new FatalError('GITHUB_TOKEN is not set, but this installation needs it: set it')
      if (options.replace)
        throw new FatalError(
          'GitHub does not accept GITHUB_TOKEN, which may have expired: set another token',
        )
      return github.token
    }
    if (!app)
      throw new FatalError('GITHUB_APP_ID is not set, but this installation needs the App: set it')
    try {
      const token = await makeToken(app, Number(externalId), options.replace)
      issued.note(installationId, token)
      return token
    } catch (error) {
      throw await noted(pool, installationId, explainApp(error))
    }
  }

  async function explain(installationId: string, message: string): Promise<Error> {
    const { externalId } = await find(installationId)
    if (!app)
      return new FatalError(`GitHub does not accept GITHUB_TOKEN (${message}): set another token`)
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

/** Remembers since when this process has the current token of each installation. */
function openIssued() {
  const issued = new Map<string, { token: string; at: number }>()
  return {
    note(installationId: string, token: string): void {
      if (issued.get(installationId)?.token !== token)
        issued.set(installationId, { token, at: Date.now() })
    },
    ageOf(installationId: string): number {
      return Date.now() - (issued.get(installationId)?.at ?? Number.NEGATIVE_INFINITY)
    },
  }
}

async function makeToken(app: App, installationId: number, replace: boolean): Promise<string> {
  async function ask(refresh: boolean): Promise<string | undefined> {
    const made = await app.octokit.auth({ type: 'installation', installationId, refresh })
    return (made as { token?: string }).token
  }
  // Octokit also caches the result of a truncated answer, which contains no token.
  const token = (await ask(replace)) || (await ask(true))
  if (!token || token === 'undefined')
    throw new RetryableError("GitHub's answer to the request for a token is incomplete", 'broken')
  return token
}

async function noted(
  pool: Pool,
  installationId: string,
  { error, inactive }: AppFailure,
): Promise<Error> {
  if (inactive) await deactivateInstallation(pool, installationId, inactive)
  return error
}

/** Returns the App's own client, for calls with its key; null without an App. */
export function openApp(config: Config, logger: Logger): App | null {
  const { github } = config
  if (github.kind !== 'app') return null
  const log = {
    debug: () => {},
    info: () => {},
    warn: (message: string) => logger.warn(message),
    error: (message: string) => logger.warn(message),
  }
  return new App({
    appId: github.appId,
    privateKey: github.privateKey.replaceAll('\\n', '\n'),
    Octokit: Octokit.defaults({
      baseUrl: baseOf(config),
      userAgent: 'whence',
      log,
      request: {
        fetch: (url: string, init: RequestInit) =>
          fetchWithin(url, { ...init, signal: AbortSignal.timeout(DEADLINE_MS) }),
      },
    }),
    log,
  })
}
