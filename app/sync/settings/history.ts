export const DEFAULT_HISTORY = '2y'
const YEAR_MS = 365.25 * 86_400_000

/** Returns the first moment of a history: `all`, or a time in ISO 8601. */
export function startOf(setting: string): string {
  if (setting === 'all') return 'all'
  if (!setting.endsWith('y')) return new Date(setting).toISOString()
  const day = new Date(Date.now() - Number.parseInt(setting, 10) * YEAR_MS)
  day.setUTCHours(0, 0, 0, 0)
  return day.toISOString()
}
