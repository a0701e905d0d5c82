import { App } from '@octokit/app'
import { Octokit } from '@octokit/core'
import type pg from 'pg'
import type { Config } from '../env.server.ts'
import { FatalError, RetryableError } from '../errors.server.ts'
import type { Logger } from '../logger.server.ts'

export interface Credentials {
  /**
   * A token of the installation. `replace`: the last one was not accepted.
   *
   * @throws FatalError when GitHub gives none, RetryableError when it cannot be reached.
   */
  tokenOf(installationId: string, options?: { replace: boolean }): Promise<string>
}

const SUSPENDED = 'It was suspended on GitHub'
const UNINSTALLED = 'It was uninstalled on GitHub'

/** App and personal credentials alike: an installation has a token. */
export function openCredentials(pool: pg.Pool, config: Config, logger: Logger): Credentials {
  const { github } = config
  const app = openApp(config, logger)
  const known = new Map<string, { kind: string; externalId: string }>()

  async function find(installationId: string) {
    const cached = known.get(installationId)
    if (cached) return cached
    const { rows } = await pool.query<{ kind: string; externalId: string }>(
      'select kind, external_id as "externalId" from installation where id = $1',
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
        throw new FatalError('GITHUB_TOKEN is not set, and this installation reads with it: set it')
      if (options.replace)
        throw new FatalError(
          'GitHub does not accept GITHUB_TOKEN: it may have expired; set another',
        )
      return github.token
    }
    if (!app)
      throw new FatalError(
        'GITHUB_APP_ID is not set, and this installation reads as the App: set it',
      )
    try {
      const auth = { type: 'installation', installationId: Number(externalId) }
      const made = await app.octokit.auth({ ...auth, refresh: options.replace })
      return (made as { token: string }).token
    } catch (error) {
      throw await explain(pool, installationId, error)
    }
  }
  return { tokenOf }
}

/** The App's own client, for what is asked with its key; null where there is no App. */
export function openApp({ github, GITHUB_API_URL }: Config, logger: Logger): App | null {
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
      baseUrl: GITHUB_API_URL.replace(/\/$/, ''),
      userAgent: 'whence',
      log,
    }),
    log,
  })
}

/** Why GitHub gave no token; an installation that is suspended or gone becomes inactive. */
async function explain(pool: pg.Pool, installationId: string, error: unknown): Promise<Error> {
  const { status, message } = error as { status?: number; message: string }
  if (status === 404 || (status === 403 && /suspended/i.test(message))) {
    const reason = status === 404 ? UNINSTALLED : SUSPENDED
    await pool.query(
      'update installation set active = false, inactive_reason = $2, updated_at = now() where id = $1',
      [installationId, reason],
    )
    return new FatalError(`${reason}: activate it there, then sync again`)
  }
  if (status === 401)
    return new FatalError(
      "GitHub does not accept the App's key: check GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY",
    )
  return new RetryableError(`GitHub gave no token: ${message}`, 'broken', { cause: error })
}
