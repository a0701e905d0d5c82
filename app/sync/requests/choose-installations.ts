import { OperatorError } from '#app/config/errors.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { isActiveInstallation } from '#app/database/predicates.ts'

export interface Chosen {
  installationId: string
  account: string
  /** Null for all of the installation. */
  repositories: string[] | null
}

/**
 * Which installations read these repositories; all active ones where none is named. A personal token
 * reads whatever it may, and keeps what it was asked for: later syncs read it too.
 *
 * @throws OperatorError when no installation reads one of them.
 */
export async function chooseInstallations(pool: Pool, names: string[]): Promise<Chosen[]> {
  const { rows } = await pool.query<{ id: string; kind: string; account: string }>(
    `select id, kind, account from installation i where ${isActiveInstallation('i')} order by id`,
  )
  if (rows.length === 0)
    throw new OperatorError('No installation is active', 'Install the App on a GitHub account.')
  if (names.length === 0) return rows.map((row) => chosenOf(row, null))
  const token = rows.find((row) => row.kind === 'token')
  if (token) {
    await keepRepositories(pool, token.id, names)
    return [chosenOf(token, names)]
  }
  return rows
    .flatMap((row) => {
      const own = names.filter((name) => ownerOf(name) === row.account.toLowerCase())
      return own.length > 0 ? [chosenOf(row, own)] : []
    })
    .concat(
      refuseUnowned(
        names,
        rows.map((row) => row.account.toLowerCase()),
      ),
    )
}

/** Makes repositories some of those that a personal token reads, now and later. */
export async function keepRepositories(
  pool: Pool,
  installationId: string,
  names: string[],
): Promise<void> {
  await pool.query(
    `update installation set settings = settings || jsonb_build_object('repositories', (
       select jsonb_agg(distinct name order by name) from (
         select jsonb_array_elements_text(coalesce(settings -> 'repositories', '[]')) as name
         union select unnest($2::text[])) named))
     where id = $1`,
    [installationId, names],
  )
}

function chosenOf({ id, account }: { id: string; account: string }, repositories: string[] | null) {
  return { installationId: id, account, repositories }
}

function ownerOf(name: string): string {
  return (name.split('/')[0] ?? '').toLowerCase()
}

function refuseUnowned(names: string[], accounts: string[]): [] {
  const unowned = names.find((name) => !accounts.includes(ownerOf(name)))
  if (!unowned) return []
  throw new OperatorError(
    `The App is not installed for ${unowned}`,
    `Install it on ${unowned.split('/')[0]}, or use GITHUB_TOKEN to try the repository.`,
  )
}
