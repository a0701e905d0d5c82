import { operatorScope } from '#app/auth/scope.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import { requestSync } from '#app/sync/requests/request-sync.ts'
import { type Bench, generated, withBench } from './bench-sync.ts'
import { type Group, none } from './figures.ts'

/** GitHub's own pace. */
const SECONDS_PER_PULL = 0.1
const SAMPLES = 1_000
const EVERY_MS = 100

/** What the card says of a healthy slow sync: it never stalls, and its progress never decreases. */
export const card: Group = {
  needsData: false,
  measure: (_sizes, say) =>
    withBench(
      {
        source: generated(1_000),
        as: 'app',
        faults: [{ kind: 'slow', secondsPerPull: SECONDS_PER_PULL }],
      },
      async (bench) => {
        const samples = await sample(bench)
        const phases = samples.map(({ phase }) => phase)
        const steps = samples.map(({ progress }) => progress)
        const stalled = phases.filter((phase) => phase === 'stalled').length
        const back = steps.filter((step, index) => step < (steps[index - 1] ?? 0)).length
        say(`${samples.length} samples: ${[...new Set(phases)]}; progress ${[...new Set(steps)]}`)
        const note = `${samples.length} samples, ${SECONDS_PER_PULL} s a pull request`
        return [
          none('samples of a healthy slow sync that are stalled', stalled, note),
          none('samples whose progress is below the one before', back, note),
        ]
      },
    ),
}

async function sample({ sync }: Bench): Promise<{ phase: string; progress: number }[]> {
  const { runId } = await requestSync(sync.pool, await sync.installation(), 'manual', {
    mode: 'full',
  })
  const samples: { phase: string; progress: number }[] = []
  while (samples.length < SAMPLES) {
    const [job] = await readJobs(sync.pool, operatorScope(), { runId })
    if (!job || job.finishedAt) break
    samples.push(job)
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
  return samples
}
