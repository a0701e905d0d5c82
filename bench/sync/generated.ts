import { describeDifferences } from '#test/github/compare.ts'
import { differencesOf, generated, rowsOf, spentOn, withBench } from './bench-sync.ts'
import { type Group, none } from './figures.ts'

/** Every hard case in a generated organisation, read by the App. */
export const organisation: Group = {
  needsData: false,
  measure: (sizes, say) =>
    withBench({ source: generated(sizes.pulls), as: 'app' }, async (bench) => {
      const { standIn, sync } = bench
      const begun = performance.now()
      const job = await sync.sync({ mode: 'full' })
      const seconds = (performance.now() - begun) / 1000
      const { points, rest } = spentOn(standIn)
      const differences = await differencesOf(bench)
      if (differences.length > 0) say(describeDifferences(differences))
      const rows = rowsOf(standIn.content())
      say(`${job.overall}, ${rows} rows in ${seconds.toFixed(0)} s, ${points} points, ${rest} REST`)
      return [
        none(
          `differences of content, generated organisation of ${sizes.pulls}`,
          differences.length,
          `${rows} rows, ${seconds.toFixed(0)} s, ${points} points`,
        ),
      ]
    }),
}
