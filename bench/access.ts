import { setup } from '#test/services/global-setup.ts'
import { testProfile } from '#test/services/setup.ts'
import { measureLost } from './access/lost.ts'
import { measureRefresh } from './access/refresh.ts'
import { measureSignIn } from './access/sign-in.ts'
import { type Figure, table } from './sync/figures.ts'

/**
 * Measures how fast people are let in, and how long those who lost access go on, on the profile of the
 * environment.
 *
 *   npm run bench:access [-- PART…]     run `npm run build` first
 */
const PARTS: Record<string, () => Promise<Figure[]>> = {
  'sign-in': measureSignIn,
  lost: measureLost,
  refresh: measureRefresh,
}

await setup()
const asked = process.argv.slice(2)
const figures: Figure[] = []
for (const [name, measure] of Object.entries(PARTS))
  if (asked.length === 0 || asked.includes(name)) figures.push(...(await measure()))
console.log(`profile: ${testProfile()}\n${table(figures)}`)
process.exit(figures.some(({ met }) => met === 'no') ? 1 : 0)
