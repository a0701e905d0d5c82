import type { Config } from '#app/config/env.server.ts'
import type { Connection, HookMode } from '#app/github/connection/connection.ts'

/** Registered with the App on GitHub: permanent. */
export const WEBHOOK_PATH = '/webhooks/github'
/** No host has a name that ends in `.invalid` (RFC 2606), so GitHub keeps every delivery as failed. */
const PULL_ADDRESS = `https://whence.invalid${WEBHOOK_PATH}`

/** How deliveries arrive, and at which address. */
export interface HookSettings {
  /**
   * `push`: GitHub sends them to the public address. `pull`: Whence collects those that failed, as all do when the
   * hook has an address that never answers.
   */
  mode: HookMode
  publicUrl: string | null
}

export function hookSettings(
  { PUBLIC_URL }: Pick<Config, 'PUBLIC_URL'>,
  { access, hookMode }: Pick<Connection, 'access' | 'hookMode'>,
): HookSettings {
  return { mode: access.kind === 'app' ? hookMode : 'none', publicUrl: PUBLIC_URL ?? null }
}

/** Returns the address that the hook should have; null if nothing is known of it. */
export function wantedAddress({ mode, publicUrl }: HookSettings): string | null {
  if (mode === 'pull') return PULL_ADDRESS
  if (mode === 'none' || publicUrl === null) return null
  return new URL(WEBHOOK_PATH, publicUrl).href
}

/** Returns true if the address never answers, so that GitHub keeps every delivery. */
export function neverAnswers(address: string): boolean {
  return URL.canParse(address) && /\.invalid\.?$/.test(new URL(address).hostname)
}

/** Returns true if GitHub can send a delivery again. */
export function isReachable({ mode, publicUrl }: HookSettings): boolean {
  return mode === 'push' && publicUrl !== null
}
