import { parseArgs } from 'node:util'
import { readConfig } from '#app/config/env.server.ts'
import { createLogger } from '#app/config/logger.server.ts'
import { openServer } from '#app/database/database.server.ts'
import { setup } from '#test/services/global-setup.ts'
import { testProfile } from '#test/services/setup.ts'
import { printServerSettings } from './server-settings.ts'
import { hasData } from './sync/bench-sync.ts'
import { card } from './sync/card.ts'
import { changes } from './sync/changes.ts'
import { embeddingFill } from './sync/embedding-fill.ts'
import { faults } from './sync/faults.ts'
import { type Figure, type Group, table } from './sync/figures.ts'
import { organisation } from './sync/generated.ts'
import { kills } from './sync/kills.ts'
import { limits } from './sync/limits.ts'
import { memory } from './sync/memory.ts'
import { nodeBudget } from './sync/node-budget.ts'
import { points, quiet } from './sync/points.ts'

/**
 * Measures the sync against its targets with the stand-in GitHub. Each group uses its own databases, on the
 * profile of the environment.
 *
 *   npm run bench:sync                        all groups
 *   npm run bench:sync -- points faults       these groups
 *   npm run bench:sync -- kills --pulls 500   smaller than the target requires
 */
const GROUPS: Record<string, Group> = {
  points,
  quiet,
  organisation,
  faults,
  'node-budget': nodeBudget,
  changes,
  card,
  limits,
  kills,
  'embedding-fill': embeddingFill,
  memory,
}

async function printSettings(): Promise<void> {
  const { profile } = readConfig()
  if (profile.kind === 'embedded') return
  const database = await openServer(profile.databaseUrl, createLogger('error'))
  await printServerSettings(database.direct, 'writes').finally(() => database.close())
}

const number = (value: number) => ({ type: 'string' as const, default: String(value) })
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pulls: number(5_000),
    quiet: number(1_000),
    seeds: number(5),
    changing: number(300),
    'change-seeds': number(20),
    kills: number(20),
    'node-budget': number(400),
  },
})
const sizes = {
  pulls: Number(values.pulls),
  quiet: Number(values.quiet),
  seeds: Number(values.seeds),
  changing: Number(values.changing),
  changeSeeds: Number(values['change-seeds']),
  kills: Number(values.kills),
  nodeBudget: Number(values['node-budget']),
}
const unknown = positionals.filter((name) => !GROUPS[name])
if (unknown.length > 0) {
  console.error(
    `There is no ${unknown.join(', ')}: name some of ${Object.keys(GROUPS).join(', ')}.`,
  )
  process.exit(1)
}

await setup()
await printSettings()
const figures: Figure[] = []
for (const [name, group] of Object.entries(GROUPS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  if (group.needsData && !hasData()) {
    console.log(`${name}: left out, ../shared/data is not there`)
    continue
  }
  const begun = performance.now()
  const say = (text: string) => console.log(`${name}: ${text}`)
  try {
    figures.push(...(await group.measure(sizes, say)))
  } catch (error) {
    console.error(error)
    figures.push({ what: name, must: '', aim: '', measured: 'it failed, see above', met: 'no' })
  }
  say(`${((performance.now() - begun) / 1000).toFixed(0)} s`)
}
console.log(`\nprofile: ${testProfile()}\n${table(figures)}`)
process.exit(figures.some(({ met }) => met === 'no') ? 1 : 0)
