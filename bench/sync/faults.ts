import { describeDifferences } from '#test/github/compare.ts'
import type { GivenFault } from '#test/github/faults/fault-format.ts'
import type { Source } from '#test/github/sources/sources.ts'
import { differencesOf, generated, hasData, REAL, spentOn, withBench } from './bench-sync.ts'
import { atMost, type Figure, type Group, median, none } from './figures.ts'

const RATE = 0.1
const KINDS = [
  'bad-gateway',
  'gateway-timeout',
  'truncated-json',
  'cut-connection',
  'empty-200',
  'wrong-content-type',
] as const

/** A call meets at least one of these faults with a probability of `RATE`; all calls are charged. */
const FAULTS: GivenFault[] = KINDS.map((kind) => ({
  kind,
  rate: 1 - (1 - RATE) ** (1 / KINDS.length),
}))

interface Read {
  points: number
  differences: number
  struck: number
}

/** Runs a full sync with faults, and returns its cost and its differences from GitHub. */
export function readWith(
  source: Source,
  faults: { seed: number; faults: GivenFault[] },
  say: (text: string) => void,
): Promise<Read> {
  return withBench({ source, as: 'token', ...faults }, async (bench) => {
    const { standIn, sync } = bench
    const job = await sync.sync({ mode: 'full' })
    const { points, calls } = spentOn(standIn)
    const strikes = standIn.faults.struck()
    standIn.faults.clear()
    const differences = await differencesOf(bench)
    const what = `${points} points in ${calls} calls, ${differences.length} differences`
    say(`seed ${faults.seed}: ${job.overall}, ${what}, ${JSON.stringify(strikes)}`)
    if (differences.length > 0) say(describeDifferences(differences, 5))
    if (job.error) say(job.error)
    const struck = Object.values(strikes).reduce((sum, count) => sum + count, 0)
    return { points, differences: differences.length, struck }
  })
}

async function compareSeeds(
  name: string,
  source: Source,
  seeds: number,
  say: (text: string) => void,
): Promise<Figure[]> {
  const clean = await readWith(source, { seed: 0, faults: [] }, say)
  const reads: Read[] = []
  for (let seed = 1; seed <= seeds; seed++)
    reads.push(await readWith(source, { seed, faults: FAULTS }, say))
  const ratios = reads.map((read) => read.points / clean.points)
  const all = ratios.map((ratio) => ratio.toFixed(2)).join(' ')
  return [
    none(
      `${name}: differences of content, faults on 10 %`,
      reads.reduce((sum, read) => sum + read.differences, 0),
      `${reads.reduce((sum, read) => sum + read.struck, 0)} faults in ${seeds} seeds`,
    ),
    atMost(`${name}: points against clean, median`, median(ratios), {
      must: 1.3,
      aim: 1.15,
      note: `${all}; clean ${clean.points}`,
    }),
  ]
}

/** Answers that are charged but arrive damaged. */
export const faults: Group = {
  needsData: false,
  async measure(sizes, say) {
    const figures: Figure[] = []
    if (hasData()) figures.push(...(await compareSeeds('real data', REAL, sizes.seeds, say)))
    const organisation = generated(sizes.pulls)
    const name = `generated ${sizes.pulls}`
    figures.push(...(await compareSeeds(name, organisation, sizes.seeds, say)))
    return figures
  },
}
