import type { Config } from '#app/config/env.server.ts'
import type { Connection } from '#app/github/connection/connection.ts'

/** Where the webhook secret is; `changing`: stored, and the previous one is accepted too. */
export type SecretState = 'none' | 'environment' | 'stored' | 'changing'

export function secretState(
  { GITHUB_WEBHOOK_SECRET, GITHUB_WEBHOOK_SECRET_PREVIOUS }: Config,
  { webhookSecrets }: Pick<Connection, 'webhookSecrets'>,
): SecretState {
  if (webhookSecrets.length === 0) return 'none'
  if (GITHUB_WEBHOOK_SECRET ?? GITHUB_WEBHOOK_SECRET_PREVIOUS) return 'environment'
  return webhookSecrets.length > 1 ? 'changing' : 'stored'
}
