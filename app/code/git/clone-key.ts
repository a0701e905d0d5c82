import { createHash } from 'node:crypto'

/** Returns the name of a clone: nothing is shared between tenants. */
export function cloneKey(installationId: string, fullName: string): string {
  const hash = createHash('sha256').update(fullName.toLowerCase()).digest('hex')
  return `${installationId}-${hash.slice(0, 20)}`
}
