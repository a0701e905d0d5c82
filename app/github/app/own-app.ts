/** The App as GitHub describes it to itself. */
import type { App } from '@octokit/app'
import { RetryableError } from '#app/config/errors.server.ts'
import { explainApp } from '../app-errors.ts'

export interface OwnApp {
  /** GitHub's number of the account that owns the App; null for an enterprise, whose App only its own organisations can install. */
  ownerId: number | null
  permissions: object
  /** Where the owner changes its rights. */
  permissionsPage: string
}

/** @param web the address of GitHub's pages. */
export async function readOwnApp(octokit: App['octokit'], web: string): Promise<OwnApp> {
  const { data } = await octokit.request('GET /app').catch((error: unknown) => {
    throw explainApp(error).error
  })
  const owner = data?.owner
  // Octokit returns a truncated body as text. Without the owner, everybody's installations would be approved.
  if (!data || !owner?.id)
    throw new RetryableError("GitHub's answer about the App is incomplete", 'broken')
  const isOfEnterprise = !('login' in owner)
  const place = isOfEnterprise
    ? `enterprises/${owner.slug}/settings`
    : owner.type === 'Organization'
      ? `organizations/${owner.login}/settings`
      : 'settings'
  return {
    ownerId: isOfEnterprise ? null : Number(owner.id),
    permissions: data.permissions,
    permissionsPage: `${web}/${place}/apps/${data.slug}/permissions`,
  }
}
