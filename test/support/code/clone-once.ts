/** Clones one repository in a process of its own: `clone-once.ts DATA_DIR URL [hold]`, with the token in TOKEN. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openClones } from '#app/code/git/clones.ts'
import { createLogger } from '#app/config/logger.server.ts'
import { LIMITS, requestFor } from './open-test-clones.ts'

const [dataDir = '', url = '', hold] = process.argv.slice(2)
const clones = openClones({ dataDir, limits: LIMITS, logger: createLogger('info') })
const token = process.env.TOKEN ?? null
await clones.withClone(requestFor(url, { credentials: async () => token }), async (clone) => {
  const { oid } = await clone.resolve({ default: true })
  process.stdout.write(`${oid}\n`)
  if (hold) await sleep(600_000)
})
