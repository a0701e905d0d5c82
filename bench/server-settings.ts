import type { Queryable } from '#app/database/pool.server.ts'
import { readServerSettings } from '#app/database/server-settings.server.ts'

/**
 * Prints the settings of the server that affect the figures.
 *
 * @throws if the figures are of writes, and the server does not wait for the disk.
 */
export async function printServerSettings(
  db: Queryable,
  reports: 'reads' | 'writes',
): Promise<void> {
  const settings = await readServerSettings(db)
  console.log(settings.map(({ name, value }) => `${name} ${value}`).join(', '))
  const isDurable = settings.every(
    ({ name, value }) =>
      !['fsync', 'full_page_writes', 'synchronous_commit'].includes(name) || value !== 'off',
  )
  if (reports === 'writes' && !isDurable)
    throw new Error(
      'Writes are not measured on a server that does not wait for the disk. Start one with `DURABLE=1 scripts/services.sh start DIR`.',
    )
}
