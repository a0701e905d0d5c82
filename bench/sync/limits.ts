import type { GivenFault } from '#test/github/faults/fault-format.ts'
import { differencesOf, generated, withBench } from './bench-sync.ts'
import { type Group, none } from './figures.ts'

const SLOTS = 3

/** Each fault applies once, some calls after the previous one. */
const LIMITS: GivenFault[] = [
  { kind: 'secondary-limit', status: 403, seconds: 3, after: 5, times: 1 },
  { kind: 'primary-limit', spelling: 'RATE_LIMITED', seconds: 3, after: 12, times: 1 },
  { kind: 'secondary-limit', status: 429, seconds: 2, after: 20, times: 1 },
  { kind: 'primary-limit', spelling: 'RATE_LIMIT', seconds: 3, after: 28, times: 1 },
  { kind: 'secondary-limit', status: 200, seconds: 2, after: 36, times: 1 },
  // It does not state a time, so the wait is at least a minute.
  { kind: 'secondary-limit', status: 403, seconds: 20, retryAfter: false, after: 44, times: 1 },
]

/** Concurrent calls under all of GitHub's rate limits: no call starts before its time. */
export const limits: Group = {
  needsData: false,
  measure: (sizes, say) =>
    withBench(
      { source: generated(Math.max(600, sizes.changing)), as: 'app', faults: LIMITS },
      async (bench) => {
        const { standIn, sync } = bench
        await sync.pool.query(
          `update installation set settings = settings || jsonb_build_object('extraction_slots', $1::int)`,
          [SLOTS],
        )
        const job = await sync.sync({ mode: 'full' })
        const counters = Object.values(standIn.tally.all())
        const early = counters.reduce((sum, one) => sum + one.whileLimited, 0)
        const refused = counters.reduce((sum, one) => sum + one.refused, 0)
        const differences = await differencesOf(bench)
        const struck = Object.values(standIn.faults.struck()).reduce((sum, one) => sum + one, 0)
        say(
          `${job.overall}, ${struck} limits, ${refused} refused, ${differences.length} differences`,
        )
        return [
          none(
            'calls begun while limited',
            early,
            `${struck} limits, ${refused} calls refused, ${SLOTS} at once`,
          ),
        ]
      },
    ),
}
