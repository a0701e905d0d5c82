/** Raw records: GitHub's answers, stored so that transform and embedding can run again without GitHub. */

import { columnsOf, type RowOf } from '#app/database/columns.ts'
import { arrays, names } from '#app/database/define-table.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { portionsOf } from '#app/database/upsert.ts'
import type {
  ChangedFileNode,
  CommentNode,
  PullRequestCommitNode,
  ReviewCommentNode,
  ReviewNode,
  ReviewThreadNode,
} from '#app/github/queries/conversation.ts'
import type { NestedType } from '#app/github/queries/nested.ts'
import type { PullRequestNode } from '#app/github/queries/pull-requests.ts'
import type { RepositoryNode } from '#app/github/queries/repositories.ts'
import { cleanValue } from '#app/passages/clean.ts'
import { BATCH_WEIGHT } from '#app/queues/stages.ts'
import { readErasedPeople, withoutTextsOf } from './erased-people.ts'

/**
 * Version of the shape of the bodies below. Older versions stay readable; fields that they lack are null.
 * Version 1 has no information about minimized comments, version 2 no number of the repository from REST,
 * version 3 no texts of closing issues, version 4 no changed files.
 */
const SHAPE = 5

export interface RepositoryRecord {
  repository: RepositoryNode
  /** Only the REST API returns it beyond 31 bits; absent from records before shape 3. */
  databaseId?: string | null
  /** Topics of the repository, which only the REST API returns at no cost. */
  topics: string[]
  /** Time of the answer by GitHub's clock, in ISO 8601. */
  at: string
}

/** A pull request with the first page of each of its lists. */
interface PullRequestRecord {
  pullRequest: PullRequestNode
}

/** A further page of a list; `offset` is the number of nodes on the pages before it. */
export type NestedRecord =
  | { type: 'commits'; offset: number; nodes: PullRequestCommitNode[] }
  | { type: 'reviews'; offset: number; nodes: ReviewNode[] }
  | { type: 'comments'; offset: number; nodes: CommentNode[] }
  | { type: 'review_threads'; offset: number; nodes: ReviewThreadNode[] }
  | { type: 'files'; offset: number; nodes: ChangedFileNode[] }
  | { type: 'review_comments'; threads: ThreadComments[] }

/** All comments of one review thread, or one page of them; empty if the thread was deleted meanwhile. */
interface ThreadComments {
  id: string
  comments: ReviewCommentNode[]
}

export type RecordBody =
  | { kind: 'repository'; body: RepositoryRecord }
  | { kind: 'pull_request'; body: PullRequestRecord }
  | { kind: 'nested'; body: NestedRecord }

export type NewRecord = RecordBody & {
  repositoryId: string | null
  snapshotId: string | null
  /** Start of the snapshot by the database's clock. */
  readAt: Date
}

export type RawRecord = NewRecord & { id: string; shape: number }

export interface StoredRecord {
  id: string
  /** Its share of `BATCH_WEIGHT` in a batch of the transform stage. */
  weight: number
}

// Most records are smaller. A batch holds 3 MB.
const BYTES_OF_WEIGHT = 65_536

const GIVEN = {
  repositoryId: 'bigint?',
  snapshotId: 'bigint?',
  kind: 'text',
  nestedType: 'text?',
  body: 'text',
  readAt: 'timestamptz',
} as const

/**
 * Stores records, without the texts of erased people.
 *
 * @returns the records in this order.
 */
export async function insertRawRecords(
  tx: Queryable,
  records: NewRecord[],
): Promise<StoredRecord[]> {
  if (records.length === 0) return []
  const erased = await readErasedPeople(tx)
  const written = records.map((record) => ({
    ...record,
    nestedType: nestedTypeOf(record),
    body: JSON.stringify(withoutTextsOf(record.body, erased)),
    readAt: record.readAt.toISOString(),
  }))
  const stored: StoredRecord[] = []
  for (const portion of portionsOf(written)) stored.push(...(await insertPortion(tx, portion)))
  return stored
}

async function insertPortion(
  tx: Queryable,
  records: RowOf<typeof GIVEN>[],
): Promise<StoredRecord[]> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into raw_record (id, repository_id, snapshot_id, kind, nested_type, shape, body, read_at)
       overriding system value
     select nextval(pg_get_serial_sequence('raw_record', 'id')), repository_id, snapshot_id, kind,
       nested_type, $1, body::json, read_at
     from unnest(${arrays(GIVEN, 2)}) with ordinality as record (${names(GIVEN)}, place)
     order by place returning id`,
    [SHAPE, ...columnsOf(records, GIVEN)],
  )
  return rows.map(({ id }, index) => ({ id, weight: weightOf(records[index]?.body ?? '') }))
}

function weightOf(body: string): number {
  const weight = Math.ceil(Buffer.byteLength(body) / BYTES_OF_WEIGHT)
  return Math.min(weight, BATCH_WEIGHT.transform)
}

function nestedTypeOf(record: RecordBody): NestedType | 'review_comments' | null {
  return record.kind === 'nested' ? record.body.type : null
}

const COLUMNS = `id, repository_id, snapshot_id, kind, shape,
  body::text as body, read_at`

/**
 * Escapes in JSON that can produce text which PostgreSQL rejects: U+0000 and unpaired surrogates. JSON always
 * escapes both.
 */
const SUSPECT = /\\u(?:0000|[dD][89a-fA-F])/

type Stored = Omit<RawRecord, 'body'> & { body: string }

/** Parses a record and cleans its texts, because they go into columns from here on. */
function parseRecord({ body, ...record }: Stored): RawRecord {
  const parsed: unknown = JSON.parse(body)
  return { ...record, body: SUSPECT.test(body) ? cleanValue(parsed) : parsed } as RawRecord
}

/** @returns the records that still exist, ordered by id. */
export async function readRawRecords(db: Queryable, ids: string[]): Promise<RawRecord[]> {
  const { rows } = await db.query<Stored>(
    `select ${COLUMNS} from raw_record where id = any($1::bigint[]) order by id`,
    [ids],
  )
  return rows.map(parseRecord)
}

/** Returns the records of the pull requests themselves for these snapshots, without further list pages. */
export async function readMainRecords(db: Queryable, snapshotIds: string[]): Promise<RawRecord[]> {
  const { rows } = await db.query<Stored>(
    `select ${COLUMNS} from raw_record
     where snapshot_id = any($1::bigint[]) and kind = 'pull_request' order by id`,
    [snapshotIds],
  )
  return rows.map(parseRecord)
}

/** Returns all records of these snapshots, ordered by id. */
export async function readRecordsOfSnapshots(
  db: Queryable,
  snapshotIds: string[],
): Promise<RawRecord[]> {
  const { rows } = await db.query<Stored>(
    `select ${COLUMNS} from raw_record where snapshot_id = any($1::bigint[]) order by id`,
    [snapshotIds],
  )
  return rows.map(parseRecord)
}
