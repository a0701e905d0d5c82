/**
 * Reads the checks of the heads of pull requests, many in one call. They are asked for while the budget is above
 * its reserve, also by refreshes: below it the lists stay due, and a later run reads them. A list that does not
 * fit into one page is read alone, page by page.
 */
import { RateLimitedError, RetryableError } from '#app/config/errors.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Caller } from '#app/github/client.ts'
import { BUDGET_RESERVED, BUDGET_SPENT } from '#app/github/errors.ts'
import { CHECKS, WIDEST_CHECKS } from '#app/github/queries/checks.ts'
import { inTwoLists, type SortedNodes, sortNodes } from '#app/github/sort-nodes.ts'
import type { PageWidth } from '#app/ledger/payloads.ts'
import type { NewItem, Outcome } from '#app/ledger/work-items.ts'
import { PRIORITY } from '#app/queues/stages.ts'
import {
  checksItem,
  type DueChecks,
  readDueChecks,
  retryCheckGaps,
} from '#app/sync/checks/due-checks.ts'
import { giveUpChecks } from '#app/sync/checks/give-up-checks.ts'
import {
  type Checked,
  checkedOf,
  type JudgedChecks,
  judgeChecks,
} from '#app/sync/checks/judge-checks.ts'
import {
  countFailures,
  endChecks,
  noteLong,
  noteWaiting,
  storeChecks,
} from '#app/sync/checks/store-checks.ts'
import { afterClean } from '#app/sync/window/page-width.ts'
import type { Settlement } from '../handlers.ts'
import type { Task } from './context.ts'
import { mayRetry } from './short-pages.ts'
import { cursorOf } from './store-pull-requests.ts'
import { tryWidths } from './try-widths.ts'

type ChecksTask = Task<'checks'>
type FoundChecks = SortedNodes<DueChecks, Checked>

/** What was due when the reading began. */
interface Due {
  now: Date
  due: DueChecks[]
}

const WIDEST: PageWidth = { width: WIDEST_CHECKS, ceiling: WIDEST_CHECKS, good: 0, clean: 0 }
const ALONE: PageWidth = { width: 1, ceiling: 1, good: 0, clean: 0 }
/** A list of which so many answers in a row were not complete is a gap. */
const MOST_FAILURES = 3
/** Pages of a list that are read; what is beyond them is counted, and not stored. */
const MOST_PAGES = 20
const AT_RESERVE = 'the budget of GitHub is at its reserve'

/** Reads the lists that are due, the latest first, as many as one call holds. */
export async function readChecks(task: ChecksTask): Promise<Settlement> {
  const { item, payload, pool } = task
  if (item.reread) await retryCheckGaps(pool, item.installationId)
  const due = await readDueChecks(pool, item.installationId, WIDEST_CHECKS)
  const [first] = due.due
  if (!first) return async () => [{ state: 'done' }]
  const targets = first.isLong ? [first] : due.due.filter((one) => !one.isLong)
  try {
    const { value, width, ease } = first.isLong
      ? await tryWidths(task, ALONE, () => fetchWhole(task, first))
      : await tryWidths(task, payload.width ?? WIDEST, (most) =>
          fetchChecks(task, targets.slice(0, most), null),
        )
    const next = first.isLong ? payload.width : ease ? afterClean(width) : width
    return async (tx) => [await settleFound(tx, task, due, { found: value, width: next })]
  } catch (error) {
    return settleError(task, error, { now: due.now, targets })
  }
}

async function fetchChecks(
  { github, caller }: ChecksTask,
  targets: DueChecks[],
  after: string | null,
): Promise<FoundChecks> {
  const ids = inTwoLists(targets.map(({ id }) => id))
  // Nobody who waits for them may use the reserve for checks.
  const modest: Caller = { ...caller, priority: PRIORITY.schedule }
  const answer = await github.query(modest, CHECKS, { ...ids, after })
  return sortNodes(targets, checkedOf(answer), { own: ['contexts'] })
}

/** Reads all pages of a list. Checks that are added meanwhile come last, so no page misses any. */
async function fetchWhole(task: ChecksTask, target: DueChecks): Promise<FoundChecks> {
  let found = await fetchChecks(task, [target], null)
  for (let pages = 1; pages < MOST_PAGES; pages++) {
    const before = found.complete[0]?.node
    const after = cursorOf(before?.contexts)
    if (!before?.contexts || !after) return found
    const further = await fetchChecks(task, [target], after)
    const page = further.complete[0]?.node
    if (!page?.contexts) return further
    if (page.headRefOid !== before.headRefOid || cursorOf(page.contexts) === after)
      throw new RetryableError('The checks changed while they were read', 'broken')
    const nodes = [...before.contexts.nodes, ...page.contexts.nodes]
    const withheld = page.contexts.withheld ?? before.contexts.withheld
    const contexts = { ...page.contexts, nodes, ...(withheld !== undefined && { withheld }) }
    found = { ...further, complete: [{ target, node: { ...page, contexts } }] }
  }
  return found
}

async function settleFound(
  tx: Queryable,
  task: ChecksTask,
  { now, due }: Due,
  { found, width }: { found: FoundChecks; width: PageWidth | null },
): Promise<Outcome> {
  const judged = found.complete.map(({ target, node }) => judgeChecks(target, node))
  const read = judged.flatMap((one) => (one.state === 'read' ? one.checks : []))
  const partial = [...found.partial, ...targetsOf(judged, 'partial')]
  const lost = partial.filter(({ failures }) => failures + 1 >= MOST_FAILURES)
  await storeChecks(tx, now, read)
  await noteLong(tx, idsOf(targetsOf(judged, 'long')))
  await countFailures(tx, idsOf(partial))
  const ended = [
    ...found.missing.map(({ id }) => ({ nodeId: id, reason: null })),
    ...found.refused.map(({ target, reason }) => ({ nodeId: target.id, reason })),
  ]
  await endChecks(tx, now, ended)
  const settled = read.length + ended.length + lost.length
  const isLast = due.length < WIDEST_CHECKS && settled === due.length
  const followUps = isLast ? [] : [checksItem(task.item.id, width)]
  return giveUp(tx, task, { now, lost, reason: 'GitHub returns only part of them', followUps })
}

function targetsOf(judged: JudgedChecks[], state: 'partial' | 'long'): DueChecks[] {
  return judged.flatMap((one) => (one.state === state ? one.target : []))
}

/** Below the reserve nothing is lost: the lists stay due, and say what they wait for. */
function settleError(
  task: ChecksTask,
  error: unknown,
  { now, targets }: { now: Date; targets: DueChecks[] },
): Settlement {
  const { item } = task
  if (error instanceof RateLimitedError && [BUDGET_RESERVED, BUDGET_SPENT].includes(error.message))
    return async (tx) => {
      await noteWaiting(tx, item.installationId, AT_RESERVE)
      return [{ state: 'done' }]
    }
  if (!(error instanceof RetryableError)) throw error
  // What fails alone is given up, and a broken answer only with the last attempt.
  const isBroken = error.kind === 'broken'
  if (isBroken && mayRetry(item)) throw error
  const lost = isBroken ? targets : targets.slice(0, 1)
  const followUps = [checksItem(item.id, isBroken ? task.payload.width : null)]
  return async (tx) => [await giveUp(tx, task, { now, lost, reason: error.message, followUps })]
}

async function giveUp(
  tx: Queryable,
  { item }: ChecksTask,
  given: { now: Date; lost: DueChecks[]; reason: string; followUps: NewItem[] },
): Promise<Outcome> {
  const { now, lost, reason, followUps } = given
  if (lost.length === 0) return { state: 'done', followUps }
  const names = await giveUpChecks(tx, item.runId, now, { nodeIds: idsOf(lost), reason })
  return { state: 'gap', subject: names.join(', '), message: reason, followUps }
}

function idsOf(targets: DueChecks[]): string[] {
  return targets.map(({ id }) => id)
}
