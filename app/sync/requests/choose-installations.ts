import { OperatorError } from '#app/config/errors.server.ts'
import type { PrismaClient } from '#app/generated/prisma/client.ts'
import { changeSettings } from './installation-settings.ts'

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
 */
export async function chooseInstallations(
  prisma: PrismaClient,
  names: string[],
): Promise<ChosenInstallations[]> {
  const rows = await prisma.installation.findMany({
    where: { active: true },
    select: { id: true, kind: true, account: true },
    orderBy: { id: 'asc' },
  })
  if (rows.length === 0)
    throw new OperatorError('No installation is active', 'Install the App on a GitHub account.')
  if (names.length === 0) return rows.map((row) => chosenOf(row, null))
  const token = rows.find((row) => row.kind === 'token')
  if (token) {
    await keepRepositories(prisma, token.id, names)
    return [chosenOf(token, names)]
  }
  return rows
    .flatMap((row) => {
      const own = names.filter((name) => accountOf(name) === row.account.toLowerCase())
      return own.length > 0 ? [chosenOf(row, own)] : []
    })
    .concat(
      refuseUnowned(
        names,
        rows.map((row) => row.account.toLowerCase()),
      ),
    )
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

function accountOf(name: string): string {
  return (name.split('/')[0] ?? '').toLowerCase()
}

function refuseUnowned(names: string[], accounts: string[]): [] {
  const unowned = names.find((name) => !accounts.includes(accountOf(name)))
  if (!unowned) return []
  throw new OperatorError(
    `The App is not installed for ${unowned}`,
    `Install it on ${unowned.split('/')[0]}, or use GITHUB_TOKEN to try the repository.`,
  )
}
