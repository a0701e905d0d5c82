const WARNED_MS = 14 * 24 * 3_600_000

/** Returns true within the last 14 days of a token, and afterwards. @param expiresAt null for one that never ends. */
export function endsSoon(expiresAt: Date | null, now = new Date()): boolean {
  return expiresAt !== null && expiresAt.getTime() - now.getTime() < WARNED_MS
}
