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
  const assigned = assignRepositories(rows, names)
  for (const { installation, repositories } of assigned) {
    const kind = installation.kind === 'token' ? 'token' : 'app'
    if (repositories)
      await refuseUnknown(
        checks,
        { ...installation, id: String(installation.id), kind },
        repositories,
      )
    if (repositories && kind === 'token')
      await keepRepositories(prisma, installation.id, repositories)
  }
  return assigned.map(({ installation: { id, account }, repositories }) => ({
    ...{ installationId: String(id), account, repositories },
  }))
}

/**
 * Returns the installations that read these repositories, each with its own, or all if none is named.
 *
 * @param installations the active ones.
 * @param names `owner/name` or `owner/*`.
 * @throws OperatorError if there is none, or if none reads one of the repositories.
 */
export function assignRepositories<Installation extends { kind: string; account: string }>(
  installations: Installation[],
  names: string[],
): { installation: Installation; repositories: string[] | null }[] {
  if (installations.length === 0)
    throw new OperatorError('No installation is active', 'Install the App on a GitHub account.')
  if (names.length === 0)
    return installations.map((installation) => ({ installation, repositories: null }))
  const token = installations.find(({ kind }) => kind === 'token')
  if (token) return [{ installation: token, repositories: names }]
  const unowned = names.find((name) => !installations.some(({ account }) => isOf(account, name)))
  if (unowned)
    throw new OperatorError(
      `The App is not installed for ${unowned}`,
      `Install it on ${unowned.split('/')[0]}, or use a personal token to try the repository.`,
    )
  return installations
    .map((installation) => ({
      installation,
      repositories: names.filter((name) => isOf(installation.account, name)),
    }))
    .filter(({ repositories }) => repositories.length > 0)
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
