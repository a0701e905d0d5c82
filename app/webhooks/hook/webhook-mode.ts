import type { Config } from '#app/config/env.server.ts'

/**
 * How deliveries arrive. `push`: GitHub sends them to the public address. `pull`: Whence collects those that failed,
 * as all do when the hook has an address that never answers. `off`: not at all.
 */
export type WebhookMode = 'push' | 'pull' | 'off'

/** Registered with the App on GitHub: permanent. */
export const WEBHOOK_PATH = '/webhooks/github'
/** No host has a name that ends in `.invalid` (RFC 2606), so GitHub keeps every delivery as failed. */
export const PULL_ADDRESS = `https://whence.invalid${WEBHOOK_PATH}`

export function webhookMode(config: Config): WebhookMode {
  if (config.github.kind !== 'app') return 'off'
  return config.GITHUB_WEBHOOK_MODE ?? (config.GITHUB_WEBHOOK_SECRET ? 'push' : 'off')
}

/** Returns the address that the hook should have; null if nothing is known of it. */
export function wantedAddress(config: Config): string | null {
  const mode = webhookMode(config)
  if (mode === 'pull') return PULL_ADDRESS
  if (mode === 'off' || !config.PUBLIC_URL) return null
  return new URL(WEBHOOK_PATH, config.PUBLIC_URL).href
}

/** Returns true if the address never answers, so that GitHub keeps every delivery. */
export function neverAnswers(address: string): boolean {
  return URL.canParse(address) && /\.invalid\.?$/.test(new URL(address).hostname)
}

/** Returns true if GitHub can send a delivery again. */
export function isReachable(config: Config): boolean {
  return webhookMode(config) === 'push' && Boolean(config.PUBLIC_URL)
}
