import { RefusedError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import type { GithubClient } from '#app/github/client.ts'
import { PRIORITY } from '#app/queues/stages.ts'

export interface RepositoryChecks {
  pool: Pool
  /** Null without credentials. */
  github: GithubClient | null
  logger: Logger
}

export interface Requested {
  id: string
  kind: 'app' | 'token'
  account: string
}

const DEADLINE_MS = 5_000
/** The most repositories and accounts that GitHub is asked for in one request. */
const MOST_ASKED = 20

/**
 * Refuses a request that names a repository or an account that does not exist, or that the installation may
 * not read: the run would fail. GitHub is asked only for those that are not in the copy. If it does not
 * answer, the run finds out.
 *
 * @throws RefusedError
 */
export async function refuseUnknown(
  checks: RepositoryChecks,
  { id, kind, account }: Requested,
  names: string[],
): Promise<void> {
  const unowned = names.find((name) => kind === 'app' && !isOf(account, name))
  if (unowned)
    throw new RefusedError(
      'unknown',
      `The App is not installed for ${unowned}`,
      `Name repositories of ${account}, or another installation.`,
    )
  const unknown = await notStored(checks.pool, id, names)
  for (const name of unknown.slice(0, MOST_ASKED)) {
    if (await isMissing(checks, id, name))
      throw new RefusedError(
        'unknown',
        `GitHub has no ${name}, or does not show it to Whence`,
        'Check the spelling, and that the App or the token may read it.',
      )
  }
}

/** Returns true if the account owns the repository. */
export function isOf(account: string, name: string): boolean {
  return name.toLowerCase().startsWith(`${account.toLowerCase()}/`)
}

async function notStored(pool: Pool, installationId: string, names: string[]): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select n.name from unnest($2::text[]) with ordinality n (name, place)
     where not exists (select from repository r where r.installation_id = $1
       and lower(n.name) in (lower(r.full_name), split_part(lower(r.full_name), '/', 1) || '/*'))
     order by n.place`,
    [installationId, names],
  )
  return rows.map(({ name }) => name)
}

async function isMissing(
  { github, logger }: RepositoryChecks,
  installationId: string,
  name: string,
): Promise<boolean> {
  if (!github) return false
  // The addresses that the run reads, so that its answers can be used again.
  const path = name.endsWith('/*')
    ? `/users/${name.slice(0, -2)}/repos?per_page=100`
    : `/repos/${name}`
  const signal = AbortSignal.timeout(DEADLINE_MS)
  try {
    const { status } = await github.read(
      { installationId, priority: PRIORITY.person, signal },
      path,
    )
    return status === 404
  } catch (error) {
    logger.warn(
      { err: error, repository: name },
      'GitHub was not asked whether it has a repository',
    )
    return false
  }
}
