/**
 * A snapshot is one reading of one pull request with all its nested lists.
 *
 *    openSnapshots ─► open ─► complete     all its parts were transformed, and no later one was complete
 *                       ├───► superseded   a later one became complete first
 *                       └───► failed       GitHub did not return a part of it: a gap
 *
 * A part is anything that has still to be fetched or transformed. A fetched page passes its part on to its
 * raw record; every further page and every pending thread adds one. So the parts reach 0 only in the
 * transaction that transforms the last record: extraction always leaves at least one.
 *
 * Rows carry the start of the snapshot that wrote them and are overwritten only by a later one. When a
 * snapshot completes, rows with an earlier start no longer exist on GitHub. Locks are taken in the order
 * snapshot, reading, run; each statement below locks its rows in the order of their ids.
 */
import type { Queryable } from '#app/database/pool.server.ts'
import { changeParts } from './repository-syncs.ts'

/** GitHub's `totalCount` of each list; null if GitHub withholds the list. */
export interface Totals {
  labels: number | null
  assignees: number | null
  closingIssues: number | null
  commits: number | null
  reviews: number | null
  comments: number | null
  reviewThreads: number | null
  /** Sum over the threads that were read. */
  reviewComments: number | null
  /** Absent if changed files were not requested. */
  files?: number | null
  /** Why rows of a list are missing, where GitHub said so, so that nothing is read again for them. */
  reasons?: Partial<Record<Exclude<keyof Totals, 'reasons'>, string>>
}

export interface NewSnapshot {
  repositorySyncId: string | null
  repositoryId: string
  /** Node id of the pull request. */
  nodeId: string
  startedAt: Date
  parts: number
  totals: Totals
}

export interface Snapshot {
  id: string
  runId: string
  repositorySyncId: string | null
  repositoryId: string
  nodeId: string
  startedAt: Date
  state: 'open' | 'complete' | 'superseded' | 'failed'
  openParts: number
  totals: Totals
  passagesChanged: boolean
}

const COLUMNS = `s.id, s.run_id, s.repository_sync_id,
  s.repository_id, s.node_id, s.started_at, s.state,
  s.open_parts, s.totals, s.passages_changed`

/**
 * Opens snapshots. Each adds a part to its repository sync, which the caller has to count.
 *
 * @returns the ids, in the order given.
 */
export async function openSnapshots(
  tx: Queryable,
  runId: string,
  snapshots: NewSnapshot[],
): Promise<string[]> {
  if (snapshots.length === 0) return []
  const { rows } = await tx.query<{ id: string }>(
    `insert into snapshot (id, run_id, repository_sync_id, repository_id, node_id, started_at, open_parts, totals)
       overriding system value
     select nextval(pg_get_serial_sequence('snapshot', 'id')), $1, repository_sync_id, repository_id, node_id,
       started_at, parts, totals
     from unnest($2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[], $6::int[], $7::jsonb[])
       with ordinality
       as new (repository_sync_id, repository_id, node_id, started_at, parts, totals, place)
     order by place returning id`,
    [
      runId,
      snapshots.map((one) => one.repositorySyncId),
      snapshots.map((one) => one.repositoryId),
      snapshots.map((one) => one.nodeId),
      snapshots.map((one) => one.startedAt),
      snapshots.map((one) => one.parts),
      snapshots.map((one) => JSON.stringify(one.totals)),
    ],
  )
  return rows.map(({ id }) => id)
}

export async function readSnapshots(db: Queryable, ids: string[]): Promise<Snapshot[]> {
  const { rows } = await db.query<Snapshot>(
    `select ${COLUMNS} from snapshot s where id = any($1::bigint[]) order by id`,
    [ids],
  )
  return rows
}

/** A snapshot that the caller has locked. */
export interface HeldSnapshot extends Snapshot {
  /** True if its pull request has another snapshot, earlier or concurrent. */
  hasOthers: boolean
}

/**
 * Locks the given snapshots and all open snapshots of the same pull requests, so that nobody else writes data
 * of these pull requests until the transaction ends. Must come before every other lock.
 *
 * @returns the current state of the given snapshots, without those superseded by a later complete one.
 */
export async function holdSnapshots(tx: Queryable, ids: string[]): Promise<HeldSnapshot[]> {
  await tx.query(
    `select from snapshot where id in (
       select o.id from snapshot s join snapshot o on o.node_id = s.node_id
       where s.id = any($1::bigint[]) and (o.state = 'open' or o.id = s.id))
     order by id for no key update`,
    [ids],
  )
  // A separate statement, because only a new statement sees what the previous holders of the locks committed.
  const { rows } = await tx.query<HeldSnapshot>(
    `select ${COLUMNS}, exists (select from snapshot o
       where o.node_id = s.node_id and o.id <> s.id) as has_others
     from snapshot s where id = any($1::bigint[]) and not exists (select from snapshot o
       where o.node_id = s.node_id and o.state = 'complete' and o.started_at > s.started_at)
     order by id`,
    [ids],
  )
  return rows
}

/**
 * Records that passages changed in failed snapshots, whose parts are no longer counted; they are embedded
 * with the next complete snapshot.
 */
export async function notePassagesChanged(tx: Queryable, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  await tx.query('update snapshot set passages_changed = true where id = any($1::bigint[])', [ids])
}

/**
 * Takes over the changes of earlier snapshots of the same pull requests that never became complete: the
 * passages are as they wrote them, and were not embedded.
 *
 * @returns the ids of the snapshots that took over changes.
 */
export async function takeEarlierChanges(tx: Queryable, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const { rows } = await tx.query<{ id: string }>(
    `update snapshot o set passages_changed = false from snapshot s
     where s.id = any($1::bigint[]) and o.node_id = s.node_id and o.id <> s.id and o.passages_changed
       and (o.state in ('superseded', 'failed')
         or o.state = 'open' and o.started_at < s.started_at)
     returning s.id`,
    [ids],
  )
  return rows.map((row) => row.id)
}

export interface PartChange {
  snapshotId: string
  /** Number of added parts minus the number of ended ones. */
  parts: number
  /** Number of thread comments that GitHub counts in what was read, without drafts. */
  reviewComments?: number
  /** Number of reviews to be added to GitHub's count, which includes drafts. */
  reviews?: number
  /** True if a passage was added or changed. */
  passagesChanged?: boolean
}

/**
 * Adds and ends parts of open snapshots; ended snapshots are left alone.
 *
 * @returns the current state of the open snapshots. The caller has to complete those without open parts.
 */
export async function changeSnapshotParts(
  tx: Queryable,
  changes: PartChange[],
): Promise<Snapshot[]> {
  if (changes.length === 0) return []
  const { rows } = await tx.query<Snapshot>(
    `with change as (
       select id, sum(parts)::int as parts, sum(comments)::int as comments,
         sum(reviews)::int as reviews, bool_or(changed) as changed
       from unnest($1::bigint[], $2::int[], $3::int[], $4::int[], $5::boolean[])
         c (id, parts, comments, reviews, changed)
       group by id
     ), held as (
       select s.id from snapshot s where s.id = any($1::bigint[]) and s.state = 'open'
       order by s.id for no key update
     )
     update snapshot s
     set open_parts = s.open_parts + change.parts,
       passages_changed = s.passages_changed or change.changed,
       totals = case when change.comments = 0 and change.reviews = 0 then s.totals
         else s.totals || jsonb_build_object(
           'reviewComments', (s.totals ->> 'reviewComments')::int + change.comments,
           'reviews', (s.totals ->> 'reviews')::int + change.reviews) end
     from held join change using (id) where s.id = held.id
     returning ${COLUMNS}`,
    [
      changes.map((change) => change.snapshotId),
      changes.map((change) => change.parts),
      changes.map((change) => change.reviewComments ?? 0),
      changes.map((change) => change.reviews ?? 0),
      changes.map((change) => change.passagesChanged ?? false),
    ],
  )
  return rows
}

/** open → failed, for snapshots of which GitHub did not return a part. Rows that were written stay. */
export async function failSnapshots(tx: Queryable, ids: string[]): Promise<void> {
  const stopped = await stopSnapshots(tx, ids)
  await changeParts(
    tx,
    stopped.flatMap(({ repositorySyncId }) =>
      repositorySyncId ? { repositorySyncId, parts: -1 } : [],
    ),
  )
}

interface StoppedSnapshot {
  nodeId: string
  repositoryId: string
  repositorySyncId: string | null
}

/** open → failed. The part of the repository sync stays open, for the item that reads it again. */
export async function stopSnapshots(tx: Queryable, ids: string[]): Promise<StoppedSnapshot[]> {
  const { rows } = await tx.query<StoppedSnapshot>(
    `with held as (
       select id from snapshot where id = any($1::bigint[]) and state = 'open' order by id for no key update)
     update snapshot s set state = 'failed', ended_at = clock_timestamp()
     from held where s.id = held.id returning s.node_id, s.repository_id, s.repository_sync_id`,
    [ids],
  )
  return rows
}

/**
 * open → complete, for snapshots without open parts, in the order of their ids; those that a later complete
 * one has overtaken become superseded instead. Earlier open snapshots of the same pull requests become
 * superseded too. The repository syncs of all of them lose a part.
 *
 * @returns the ids of the snapshots that are now complete.
 */
export async function endSnapshots(tx: Queryable, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const { rows } = await tx.query<{ id: string; repositorySyncId: string | null; state: string }>(
    `with mine as (
       select * from snapshot where id = any($1::bigint[])
     ), ending as (
       select s.id, case
         when exists (select from snapshot o where o.node_id = s.node_id and o.state = 'complete'
           and o.started_at > s.started_at) then 'superseded'
         when exists (select from mine o where o.node_id = s.node_id and o.started_at > s.started_at)
           then 'superseded'
         when s.id in (select id from mine) then 'complete' else 'superseded' end as state
       from snapshot s
       where s.state = 'open' and s.id in (
         select o.id from mine m join snapshot o on o.node_id = m.node_id
         where o.id = m.id or o.started_at < m.started_at)
       order by s.id for no key update of s
     )
     update snapshot s set state = ending.state, ended_at = clock_timestamp()
     from ending where s.id = ending.id and s.state = 'open'
     returning s.id, s.repository_sync_id, s.state`,
    [ids],
  )
  await changeParts(
    tx,
    rows.flatMap((row) =>
      row.repositorySyncId ? { repositorySyncId: row.repositorySyncId, parts: -1 } : [],
    ),
  )
  return rows.filter((row) => row.state === 'complete').map((row) => row.id)
}
