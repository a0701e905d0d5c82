/**
 * A snapshot is one reading of one pull request with all its nested lists.
 *
 *   openSnapshots ─► open ─► complete     all its parts were transformed, and no later one was complete
 *                      ├───► superseded   a later one became complete first
 *                      └───► failed       GitHub would not give a part of it: a gap
 *
 * A part is whatever has still to be fetched or transformed. A page that is fetched hands its part on to
 * its raw record; every further page and every unread thread adds one. So parts reach 0 in the very
 * transaction that transforms the last record, and only there: extraction leaves at least one.
 *
 * Rows bear the start of the snapshot that wrote them and give way only to a later one; what bears an
 * older start when a snapshot completes is not on GitHub any more. Locks go in the order snapshot,
 * reading, run: each statement below takes its rows in the order of their ids.
 */
import type { Queryable } from '#app/database/pool.server.ts'
import { changeParts } from './readings.ts'

/** GitHub's `totalCount` of each list; null where GitHub withholds the list. */
export interface Totals {
  labels: number | null
  assignees: number | null
  closingIssues: number | null
  commits: number | null
  reviews: number | null
  comments: number | null
  reviewThreads: number | null
  /** The sum over the threads that were read. */
  reviewComments: number | null
}

export interface NewSnapshot {
  readingId: string | null
  repositoryId: string
  /** The pull request's. */
  nodeId: string
  startedAt: Date
  parts: number
  totals: Totals
}

export interface Snapshot {
  id: string
  runId: string
  readingId: string | null
  repositoryId: string
  nodeId: string
  startedAt: Date
  state: 'open' | 'complete' | 'superseded' | 'failed'
  openParts: number
  totals: Totals
  passagesChanged: boolean
}

const COLUMNS = `s.id, s.run_id, s.reading_id,
  s.repository_id, s.node_id, s.started_at, s.state,
  s.open_parts, s.totals, s.passages_changed`

/** @returns the ids, in the order given. Each adds a part to its reading: the caller counts those. */
export async function openSnapshots(
  tx: Queryable,
  runId: string,
  snapshots: NewSnapshot[],
): Promise<string[]> {
  if (snapshots.length === 0) return []
  const { rows } = await tx.query<{ id: string }>(
    `insert into snapshot (id, run_id, reading_id, repository_id, node_id, started_at, open_parts, totals)
       overriding system value
     select nextval(pg_get_serial_sequence('snapshot', 'id')), $1, reading_id, repository_id, node_id,
       started_at, parts, totals
     from unnest($2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[], $6::int[], $7::jsonb[])
       with ordinality
       as new (reading_id, repository_id, node_id, started_at, parts, totals, place)
     order by place returning id`,
    [
      runId,
      snapshots.map((one) => one.readingId),
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

/** A snapshot that the caller holds. */
export interface HeldSnapshot extends Snapshot {
  /** Whether its pull request was read before, or is being read by another one. */
  hasOthers: boolean
}

/**
 * Locks all open snapshots of the pull requests that these are of: until the transaction ends nobody
 * else writes what belongs to those. Comes before everything else that locks.
 *
 * @returns these snapshots as they are then, but for those that a later complete one has overtaken.
 */
export async function holdSnapshots(tx: Queryable, ids: string[]): Promise<HeldSnapshot[]> {
  await tx.query(
    `select from snapshot where id in (
       select o.id from snapshot s join snapshot o on o.node_id = s.node_id
       where s.id = any($1::bigint[]) and (o.state = 'open' or o.id = s.id))
     order by id for no key update`,
    [ids],
  )
  // Another statement: only it sees what those who held them did.
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

/** Of failed snapshots, whose parts count no more: a passage came, and waits for a complete one. */
export async function notePassagesChanged(tx: Queryable, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  await tx.query('update snapshot set passages_changed = true where id = any($1::bigint[])', [ids])
}

/**
 * Takes over what earlier snapshots of the same pull requests that never became complete have changed:
 * the passages are as they wrote them, and nobody has embedded them.
 *
 * @returns the ids of those that had such a one.
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
  /** Parts that came, less those that ended. */
  parts: number
  /** Thread comments that GitHub counts in what was read. */
  reviewComments?: number
  /** Whether a passage came or says something else than before. */
  passagesChanged?: boolean
}

/**
 * Adds and ends parts of open snapshots; those that have ended are left alone.
 *
 * @returns the snapshots that are open, as they are now. One with no part left is to be completed by
 * the caller.
 */
export async function changeSnapshotParts(
  tx: Queryable,
  changes: PartChange[],
): Promise<Snapshot[]> {
  if (changes.length === 0) return []
  const { rows } = await tx.query<Snapshot>(
    `with change as (
       select id, sum(parts)::int as parts, sum(comments)::int as comments, bool_or(changed) as changed
       from unnest($1::bigint[], $2::int[], $3::int[], $4::boolean[]) c (id, parts, comments, changed)
       group by id
     ), held as (
       select s.id from snapshot s where s.id = any($1::bigint[]) and s.state = 'open'
       order by s.id for no key update
     )
     update snapshot s
     set open_parts = s.open_parts + change.parts,
       passages_changed = s.passages_changed or change.changed,
       totals = case when change.comments = 0 then s.totals else jsonb_set(s.totals,
         '{reviewComments}', to_jsonb((s.totals ->> 'reviewComments')::int + change.comments)) end
     from held join change using (id) where s.id = held.id
     returning ${COLUMNS}`,
    [
      changes.map((change) => change.snapshotId),
      changes.map((change) => change.parts),
      changes.map((change) => change.reviewComments ?? 0),
      changes.map((change) => change.passagesChanged ?? false),
    ],
  )
  return rows
}

/** open → failed, for snapshots of which GitHub would not give a part. The rows that did come stay. */
export async function failSnapshots(tx: Queryable, ids: string[]): Promise<void> {
  const { rows } = await tx.query<{ readingId: string | null }>(
    `with held as (
       select id from snapshot where id = any($1::bigint[]) and state = 'open' order by id for no key update)
     update snapshot s set state = 'failed', ended_at = clock_timestamp()
     from held where s.id = held.id returning s.reading_id`,
    [ids],
  )
  await changeParts(
    tx,
    rows.flatMap((row) => (row.readingId ? { readingId: row.readingId, parts: -1 } : [])),
  )
}

/**
 * open → complete, for snapshots with no part left, in the order of their ids; those that a later
 * complete one has overtaken become superseded instead. Earlier open ones of the same pull requests
 * become superseded too, and the readings of all of them lose a part.
 *
 * @returns the ids that are complete now.
 */
export async function endSnapshots(tx: Queryable, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const { rows } = await tx.query<{ id: string; readingId: string | null; state: string }>(
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
     returning s.id, s.reading_id, s.state`,
    [ids],
  )
  await changeParts(
    tx,
    rows.flatMap((row) => (row.readingId ? { readingId: row.readingId, parts: -1 } : [])),
  )
  return rows.filter((row) => row.state === 'complete').map((row) => row.id)
}
