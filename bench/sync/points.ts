import { describeDifferences } from '#test/github/compare.ts'
import { type Bench, differencesOf, generated, REAL, spentOn, withBench } from './bench-sync.ts'
import { atMost, type Figure, type Group, none } from './figures.ts'

const CHANGED_EVERY = 20

/** Cost of a full sync of the real repositories, and of an incremental sync after a few changes. */
export const points: Group = {
  needsData: true,
  measure: (_, say) =>
    withBench({ source: REAL, as: 'token' }, async (bench) => {
      const { standIn, sync } = bench
      const pulls = standIn.content().pullRequests.length
      const first = await sync.sync({ mode: 'full' })
      const full = spentOn(standIn)
      say(`full: ${first.overall}, ${JSON.stringify(full)}`)
      const figures: Figure[] = [
        atMost('points per 1,000 pull requests, real data', (full.points * 1000) / pulls, {
          must: 80,
          aim: 55,
          digits: 1,
          note: `${full.points} points, ${full.rest} REST calls for ${pulls}`,
        }),
        await equal(bench, 'differences of content, real data', say),
      ]
      const changed = changeSome(bench)
      standIn.tally.reset()
      const again = await sync.sync({})
      const little = spentOn(standIn)
      say(`after ${changed} changes: ${again.overall}, ${JSON.stringify(little)}`)
      figures.push(
        atMost('incremental after 5 % changed, against full', little.points / full.points, {
          must: 0.2,
          aim: 0.08,
          note: `${little.points} points for ${changed} pull requests`,
        }),
        await equal(bench, 'differences of content after it', say),
      )
      return figures
    }),
}

async function equal(bench: Bench, what: string, say: (text: string) => void): Promise<Figure> {
  const differences = await differencesOf(bench)
  if (differences.length > 0) say(describeDifferences(differences))
  return none(what, differences.length)
}

function changeSome({ standIn }: Bench): number {
  const pulls = standIn.content().pullRequests.filter((_, index) => index % CHANGED_EVERY === 0)
  for (const { id } of pulls) standIn.changes.comment({ pull: id, author: 'mira', body: 'Why?' })
  return pulls.length
}

/** Cost of an incremental sync of many repositories without changes. */
export const quiet: Group = {
  needsData: false,
  measure: (sizes, say) =>
    withBench({ source: generated(13, sizes.quiet), as: 'app' }, async ({ standIn, sync }) => {
      const first = await sync.sync({ mode: 'full' })
      say(`full: ${first.overall}, ${JSON.stringify(spentOn(standIn))}`)
      standIn.tally.reset()
      const again = await sync.sync({})
      const spent = spentOn(standIn)
      say(`again: ${again.overall}, ${JSON.stringify(spent)}`)
      return [
        atMost(`points of an incremental over ${sizes.quiet} quiet repositories`, spent.points, {
          must: 10,
          aim: 7,
          note: `and ${spent.rest} of REST's own budget`,
        }),
      ]
    }),
}
