import { OperatorError } from '#app/config/errors.server.ts'
import type { PrismaClient } from '#app/generated/prisma/client.ts'
import { changeSettings } from '#app/sync/settings/installation-settings.ts'
import { isOf, type RepositoryChecks, refuseUnknown } from './refuse-unknown.ts'

export interface ChosenInstallations {
  installationId: string
  account: string
  /** Null for all repositories of the installation. */
  repositories: string[] | null
}

/**
 * Returns the installations that read these repositories, or all active ones if none is named. A personal
 * token reads any repository that it has access to, and adds the names to its settings, so that later syncs
 * read them too.
 *
 * @throws OperatorError if no installation reads one of them.
 * @throws RefusedError if GitHub does not have one of them.
 */
export async function chooseInstallations(
  prisma: PrismaClient,
  checks: RepositoryChecks,
  names: string[],
): Promise<ChosenInstallations[]> {
  const rows = await prisma.installation.findMany({
    where: { active: true, kind: { not: 'local' } },
    select: { id: true, kind: true, account: true },
    orderBy: { id: 'asc' },
  })
  if (rows.length === 0)
    throw new OperatorError('No installation is active', 'Install the App on a GitHub account.')
  if (names.length === 0) return rows.map((row) => chosenOf(row, null))
  const token = rows.find((row) => row.kind === 'token')
  const owners = token ? [token] : ownersOf(rows, names)
  const chosen = owners.map((row) => ({ row, own: token ? names : namesOf(row, names) }))
  for (const { row, own } of chosen)
    await refuseUnknown(checks, { ...row, id: String(row.id), kind: token ? 'token' : 'app' }, own)
  if (token) await keepRepositories(prisma, token.id, names)
  return chosen.map(({ row, own }) => chosenOf(row, own))
}

/** Adds repositories to those that a personal token reads in every sync. */
export async function keepRepositories(
  prisma: PrismaClient,
  installationId: bigint | string,
  names: string[],
): Promise<void> {
  await changeSettings(prisma, String(installationId), ({ repositories }) => ({
    repositories: [...new Set([...repositories, ...names])].sort(),
  }))
}

function chosenOf({ id, account }: { id: bigint; account: string }, repositories: string[] | null) {
  return { installationId: String(id), account, repositories }
}

function namesOf(row: { account: string }, names: string[]): string[] {
  return names.filter((name) => isOf(row.account, name))
}

/** Returns the installations of the accounts that own the repositories; each must have one. */
function ownersOf<Row extends { account: string }>(rows: Row[], names: string[]): Row[] {
  const unowned = names.find((name) => !rows.some((row) => isOf(row.account, name)))
  if (!unowned) return rows.filter((row) => namesOf(row, names).length > 0)
  throw new OperatorError(
    `The App is not installed for ${unowned}`,
    `Install it on ${unowned.split('/')[0]}, or use a personal token to try the repository.`,
  )
}
