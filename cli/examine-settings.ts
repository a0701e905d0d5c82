import type { Database } from '#app/database/database.server.ts'
import { NAME_DIRECT, POOLED, sharesSessions } from '#app/database/pooler.server.ts'
import { costlySettings, readServerSettings } from '#app/database/server-settings.server.ts'
import type { Finding } from './findings.ts'

/** Returns a warning for each setting of the server that costs data or speed. */
export async function examineSettings({ pool, profile }: Database): Promise<Finding[]> {
  if (profile === 'embedded') return []
  const costly = costlySettings(await readServerSettings(pool))
  if (costly.length === 0) return [{ level: 'ok', message: 'none costs data or speed' }]
  return costly.map(({ name, value, cost, hint }) => ({
    level: 'warn',
    message: `${name} is ${value}: ${cost}`,
    hint,
  }))
}

/** Returns a warning if sessions are given away, and nothing says where the server itself is. */
export async function examinePooler({ direct, profile }: Database): Promise<Finding[]> {
  if (profile === 'embedded' || !(await sharesSessions(direct))) return []
  return [{ level: 'warn', message: POOLED, hint: NAME_DIRECT }]
}
