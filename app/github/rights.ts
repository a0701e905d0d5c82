/** Permissions that Whence needs; an installation may not have granted all of them. */
export const NEEDED = [
  'checks',
  'contents',
  'issues',
  'metadata',
  'pull_requests',
  'statuses',
] as const

/** Returns the rights that are needed and not among these. */
export function missingOf(permissions: object): string[] {
  return NEEDED.filter((name) => !(permissions as Record<string, unknown>)[name])
}
