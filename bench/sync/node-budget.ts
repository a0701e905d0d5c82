import { PULL_REQUEST_PAGE, WIDEST_PAGE } from '#app/github/queries/pull-requests.ts'
import { ask } from '#test/github/ask.ts'
import type { GivenFault } from '#test/github/faults/fault-format.ts'
import { type StandIn, startStandIn } from '#test/github/stand-in.ts'
import { generated, hasData, REAL } from './bench-sync.ts'
import { readWith } from './faults.ts'
import { atMost, type Group, none } from './figures.ts'

interface Fixed {
  calls: number
  passes: boolean
}

/** Reads all pull requests of all repositories in pages of one width, and nothing else. */
async function readPlainly(standIn: StandIn, width: number): Promise<Fixed> {
  let calls = 0
  for (const { id, pulls } of standIn.world.repositories.values()) {
    if (pulls.size === 0) continue
    for (let after: string | null = null, more = true; more; calls++) {
      const variables = { id, first: width, after, commits: true }
      const { body } = await ask(standIn, PULL_REQUEST_PAGE.text, variables)
      if (body.errors) return { calls, passes: false }
      const { hasNextPage, endCursor } = body.data.node.pullRequests.pageInfo
      more = hasNextPage
      after = endCursor
    }
  }
  return { calls, passes: true }
}

/** Returns the widest page that never exceeds the budget. */
async function bestFixed(standIn: StandIn): Promise<{ width: number; calls: number }> {
  for (let width = WIDEST_PAGE; width > 0; width--) {
    const { calls, passes } = await readPlainly(standIn, width)
    if (passes) return { width, calls }
  }
  throw new Error('Not even one pull request passes the node budget')
}

/** Answers that GitHub finds too large: the sync has to find the width itself. */
export const nodeBudget: Group = {
  needsData: false,
  async measure(sizes, say) {
    const source = hasData() ? REAL : generated(sizes.pulls)
    const budget: GivenFault = { kind: 'resource-limits', nodeBudget: sizes.nodeBudget }
    const standIn = await startStandIn({ sources: [source], limits: { off: true } })
    const widest = await readPlainly(standIn, WIDEST_PAGE)
    standIn.faults.use(budget)
    const fixed = await bestFixed(standIn)
    await standIn.stop()
    say(`width ${fixed.width} passes in ${fixed.calls} pages, ${WIDEST_PAGE} takes ${widest.calls}`)
    const clean = await readWith(source, { seed: 0, faults: [] }, say)
    const found = await readWith(source, { seed: 1, faults: [budget] }, say)
    const others = clean.points - widest.calls
    const best = fixed.calls + others
    const note = `${found.points}; ${fixed.calls} pages of ${fixed.width} and ${others} others`
    return [
      none(`differences of content, ${sizes.nodeBudget} nodes an answer`, found.differences),
      atMost('points against the best fixed width', found.points / best, {
        must: 1.3,
        aim: 1.2,
        note,
      }),
    ]
  },
}
