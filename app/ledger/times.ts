/** Records where the time of a run goes: what can never be found out later. */
import type { Queryable } from '#app/database/pool.server.ts'
import { type Place, WORK } from './work.ts'

/** Milliseconds that a worker spent on items: inside calls to GitHub, and otherwise. */
export interface Spent {
  githubMs: number
  workingMs: number
}

/** Milliseconds that an average item of a batch waited before its batch was claimed. */
export interface Waited {
  /** From the time when it was due. */
  queuedMs: number
  /** For a limit of GitHub or of the embedding provider. */
  pausedMs: number
}

interface TimedWork {
  runId: string
  place: Place
  payloads: unknown[]
  /** The part of the batch that these items are. */
  share: number
}

/**
 * Adds the time of items of one batch to the sums of their stage and repositories, each an equal part of it.
 * Repositories are found by what the payloads name, in one statement. Comes after the counters, whose lock on the run keeps others from the rows.
 */
export async function noteTimes(
  tx: Queryable,
  { runId, place, payloads, share }: TimedWork,
  { queuedMs, pausedMs }: Waited,
  { githubMs, workingMs }: Spent,
): Promise<void> {
  if (payloads.length === 0) return
  const subjects = payloads.map(subjectOf)
  await tx.query(
    `with counted as (
       update stage set github_ms = github_ms + $11::float8, working_ms = working_ms + $12::float8
       where run_id = $1 and position = $2)
     insert into repository_time as t
       (run_id, position, repository_id, queued_ms, paused_ms, github_ms, working_ms)
     select $1, $2, o.id,
       $3::float8 * count(*), $4::float8 * count(*), $5::float8 * count(*), $6::float8 * count(*)
     from unnest($7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[])
         as i (repository_id, snapshot_id, record_id, pull_request_id)
       left join raw_record r on r.id = i.record_id
       left join snapshot s on s.id = coalesce(i.snapshot_id, r.snapshot_id)
       left join pull_request p on p.id = i.pull_request_id
       left join repository o
         on o.id = coalesce(i.repository_id, s.repository_id, r.repository_id, p.repository_id)
     group by 3
     on conflict (run_id, position, repository_id) do update
     set queued_ms = t.queued_ms + excluded.queued_ms, paused_ms = t.paused_ms + excluded.paused_ms,
       github_ms = t.github_ms + excluded.github_ms, working_ms = t.working_ms + excluded.working_ms`,
    [
      runId,
      WORK[place].position,
      (queuedMs * share) / payloads.length,
      (pausedMs * share) / payloads.length,
      githubMs / payloads.length,
      workingMs / payloads.length,
      subjects.map((one) => one.repositoryId ?? null),
      subjects.map((one) => one.snapshotId ?? null),
      subjects.map((one) => one.recordId ?? null),
      subjects.map((one) => one.pullRequestId ?? null),
      githubMs,
      workingMs,
    ],
  )
}

interface Subject {
  repositoryId?: string | null
  snapshotId?: string
  recordId?: string
  pullRequestId?: string
}

/** Returns what leads to the repository of an item. Of a read of many targets, that is their common one. */
function subjectOf(payload: unknown): Subject {
  const { targets, ...subject } = payload as Subject & { targets?: Subject[] }
  if (!targets) return subject
  const [first] = targets
  const isShared = targets.every((one) => one.repositoryId === first?.repositoryId)
  return isShared ? { repositoryId: first?.repositoryId ?? null } : {}
}
