/** Indexes datasets again when their schedules are due: asks for the newest commits of their branches. */
import type { Logger } from '#app/config/logger.server.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { isActiveInstallation, notForgotten } from '#app/database/predicates.ts'
import { nextAfter, scheduleRule } from '#app/schedules/schedule-rules.ts'
import { CloneError } from '../git/clone-error.ts'
import { availability, whyOff } from '../git/clones.ts'
import type { ReadHeads } from './open-sources.ts'
import { requestTip, type TipServices, type TrackedRef, whyNot } from './request-tip.ts'

/** Datasets of one turn. */
const MOST = 20
/** Characters of the outcome that are kept. */
const LONGEST = 1_000

export interface Reindexing extends TipServices {
  readHeads: ReadHeads
  logger: Logger
}

interface DueDataset {
  id: string
  rule: unknown
  /** As text, because a Date has no microseconds. */
  dueAt: string
}

/**
 * Indexes the datasets again whose schedules are due. A dataset that came due several times while no process ran is
 * due once. The jobs are requested before the schedule advances: if the process dies in between, the next turn
 * joins them. Called periodically.
 */
export async function reindexDue(reindexing: Reindexing): Promise<void> {
  const { pool, logger } = reindexing
  const { rows } = await pool.query<DueDataset>(
    `select d.id, d.rule, d.next_at::text as due_at
     from dataset d join project p on p.id = d.project_id join installation i on i.id = p.installation_id
     where d.next_at <= clock_timestamp() and ${isActiveInstallation('i')}
     order by d.next_at limit $1`,
    [MOST],
  )
  if (rows.length === 0) return
  const off = whyOff(await availability())
  for (const due of rows) {
    const outcome =
      off ??
      (await reindexDataset(reindexing, due.id).catch((error: unknown) => {
        logger.warn({ err: error, dataset: due.id }, 'a dataset was not indexed again')
        return whyNot(error)
      }))
    await moveOn(pool, due, outcome.slice(0, LONGEST))
  }
}

async function moveOn(pool: Pool, { id, rule, dueAt }: DueDataset, outcome: string): Promise<void> {
  await pool.query(
    `update dataset set looked_at = clock_timestamp(), outcome = $3,
       next_at = case when next_at = $2::timestamptz then $4 else next_at end
     where id = $1`,
    [id, dueAt, outcome, nextOf(rule)],
  )
}

/** A rule that is not valid, as one written by hand may be, has no next time. */
function nextOf(stored: unknown): Date | null {
  try {
    return nextAfter(scheduleRule.parse(stored), new Date())
  } catch {
    return null
  }
}

/**
 * Requests an ingest of every branch of a dataset that has changed.
 *
 * @returns what came of it, in words.
 */
async function reindexDataset(reindexing: Reindexing, datasetId: string): Promise<string> {
  const refs = await findRefs(reindexing.pool, datasetId)
  const jobs: string[] = []
  const problems: string[] = []
  for (const group of byRepository(refs)) {
    const { fullName } = group[0]
    try {
      const tips = await readTips(reindexing, group)
      for (const ref of group) {
        const oid = tips ? tips.get(ref.branch) : null
        const job = oid !== undefined && (await requestTip(reindexing, ref, oid))
        if (job) jobs.push(job)
        if (oid === undefined) problems.push(`${fullName} has no branch ${ref.branch} any more.`)
      }
    } catch (error) {
      problems.push(`${fullName}: ${whyNot(error)}`)
    }
  }
  return [...describe(jobs, refs.length, problems.length), ...problems].join(' ')
}

/** Returns the newest commits by branch; null if the repository was renamed, which a job finds out. */
async function readTips(
  { readHeads }: Reindexing,
  group: [TrackedRef, ...TrackedRef[]],
): Promise<Map<string, string> | null> {
  const branches = group.map(({ branch }) => branch)
  return readHeads(group[0], branches).catch((error: unknown) => {
    if (error instanceof CloneError && error.kind === 'moved') return null
    throw error
  })
}

function describe(jobs: string[], refs: number, problems: number): string[] {
  if (jobs.length > 0)
    return [`Requested ${jobs.length === 1 ? 'job' : 'jobs'} ${jobs.join(', ')}.`]
  return refs > problems ? ['Nothing had changed.'] : []
}

async function findRefs(db: Queryable, datasetId: string): Promise<TrackedRef[]> {
  const { rows } = await db.query<TrackedRef>(
    `select r.id, r.installation_id, r.full_name, r.branch
     from code_ref r join installation i on i.id = r.installation_id
     where r.dataset_id = $1 and ${notForgotten('r')} and ${isActiveInstallation('i')} order by r.id`,
    [datasetId],
  )
  return rows
}

function byRepository(refs: TrackedRef[]): [TrackedRef, ...TrackedRef[]][] {
  const groups = new Map<string, [TrackedRef, ...TrackedRef[]]>()
  for (const ref of refs) {
    const key = `${ref.installationId} ${ref.fullName.toLowerCase()}`
    const group = groups.get(key)
    if (group) group.push(ref)
    else groups.set(key, [ref])
  }
  return [...groups.values()]
}
