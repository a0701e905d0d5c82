import { describeDifferences } from '#test/github/compare.ts'
import type { StandIn } from '#test/github/stand-in.ts'
import { makeRandom, type Random } from '#test/github/world/random.ts'
import { type Bench, differencesOf, generated, withBench } from './bench-sync.ts'
import { type Figure, type Group, none } from './figures.ts'

/** One change is made per this many pull requests while they are read. */
const EVERY = 10
const POLL_MS = 2

type Step = (standIn: StandIn, pull: string, random: Random) => void

/** Changes that move `updatedAt`; an incremental sync is not meant to notice others. */
const STEPS: Step[] = [
  ({ changes }, pull) => changes.comment({ pull, author: 'mira', body: 'Why so?' }),
  ({ changes }, pull) => {
    const threads = [{ path: 'a.ts', line: 3, body: 'And here?' }]
    changes.review({ pull, author: 'bela', body: 'Nearly', threads })
  },
  ({ changes }, pull) => changes.editPull({ pull, title: 'Another title', body: 'Another body' }),
  ({ changes }, pull) => changes.push({ pull }),
  ({ changes }, pull) => changes.forcePush({ pull }),
  ({ changes }, pull) => changes.close({ pull }),
  (standIn, pull) => {
    const { comments } = pullCalled(standIn, pull)
    const last = comments.at(-1)
    if (last) standIn.changes.deleteComment({ id: last.id })
  },
  (standIn, pull) => {
    const thread = pullCalled(standIn, pull).threads[0]
    if (thread) standIn.changes.reply({ thread: thread.id, author: 'mira', body: 'So be it.' })
  },
  (standIn, pull) => {
    const review = pullCalled(standIn, pull).reviews[0]
    if (review) standIn.changes.edit({ id: review.id, body: 'On second thoughts' })
  },
]

/** Returns a pull request through an edit that changes nothing but the time. */
function pullCalled({ changes }: StandIn, pull: string) {
  return changes.editPull({ pull })
}

/** Changes pull requests as calls arrive, so that changes fall between the calls that read them. */
function changeWhileRead({ standIn }: Bench, seed: number) {
  const random = makeRandom(seed, 'changes')
  const pulls = standIn.content().pullRequests.map(({ id }) => id)
  const wanted = Math.ceil(pulls.length / EVERY)
  // Based on the approximate number of pages; changes left over then come with the last calls.
  const each = wanted / Math.max(1, pulls.length / 12)
  let made = 0
  function look(): void {
    const due = Math.min(wanted, Math.floor(standIn.tally.calls.length * each))
    for (; made < due; made++) {
      const step = random.pick(STEPS)
      step(standIn, random.pick(pulls), random)
    }
  }
  const timer = setInterval(look, POLL_MS)
  return {
    stop(): number {
      clearInterval(timer)
      return made
    },
  }
}

async function readChanging(pulls: number, seed: number, say: (text: string) => void) {
  return withBench({ source: generated(pulls), as: 'app', seed }, async (bench) => {
    const changing = changeWhileRead(bench, seed)
    const full = await bench.sync.sync({ mode: 'full' })
    const made = changing.stop()
    const between = (await differencesOf(bench)).length
    const again = await bench.sync.sync({})
    const differences = await differencesOf(bench)
    const how = `${made} changes, ${full.overall}, ${between} differences, ${again.overall}`
    say(`seed ${seed}: ${how}, ${differences.length} differences`)
    if (differences.length > 0) say(describeDifferences(differences, 5))
    return { made, differences: differences.length }
  })
}

/** Pull requests that change while they are read: in the end, nothing is missing or outdated. */
export const changes: Group = {
  needsData: false,
  async measure({ changing, changeSeeds }, say) {
    const figures: Figure[] = []
    let made = 0
    let differences = 0
    for (let seed = 1; seed <= changeSeeds; seed++) {
      const read = await readChanging(changing, seed, say)
      made += read.made
      differences += read.differences
    }
    const what = `differences after changes while read and one incremental, ${changeSeeds} seeds`
    figures.push(none(what, differences, `${made} changes, ${changing} pull requests each`))
    return figures
  },
}
