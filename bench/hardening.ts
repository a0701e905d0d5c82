import { setup } from '#test/services/global-setup.ts'
import { testProfile } from '#test/services/setup.ts'
import { worstRecord } from './hardening/worst-record.ts'
import { worstRequests } from './hardening/worst-requests.ts'
import { table } from './sync/figures.ts'

/**
 * Measures what texts and requests of strangers can hold up at the worst, on the profile of the environment.
 *
 *   npm run bench:hardening     run `npm run build` first
 */
await setup()
const figures = [...(await worstRequests()), ...(await worstRecord())]
console.log(`profile: ${testProfile()}\n${table(figures)}`)
process.exit(figures.some(({ met }) => met === 'no') ? 1 : 0)
