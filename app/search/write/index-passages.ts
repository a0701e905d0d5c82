/** Makes texts findable: stores passages with their words. */

import { columnsOf, type RowOf } from '#app/database/columns.ts'
import { arrays, defineTable, insertFrom, names } from '#app/database/define-table.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { latestOf, portionsOf, type Stamped } from '#app/database/upsert.ts'
import { noteChanges } from './note-changes.ts'
import { type Authored, type Part, partsOf } from './parts.ts'

const COLUMNS = {
  repositoryId: 'bigint',
  pullRequestId: 'bigint?',
  kind: 'text',
  sourceId: 'text',
  part: 'smallint',
  text: 'text',
  tokens: 'int',
  authorId: 'text?',
  path: 'text?',
  issueRepository: 'text?',
  url: 'text',
  createdAt: 'timestamptz',
  contentHash: 'bytea',
  words: 'tsvector?',
  length: 'int?',
  readAt: 'timestamptz',
} as const

export const passages = defineTable({
  name: 'passage',
  key: ['repositoryId', 'pullRequestId', 'kind', 'sourceId', 'part'],
  columns: { ...COLUMNS, line: 'int?' },
  own: { id: 'bigint' },
})

// The passage of a review comment gets the line of its thread, which the statement looks up.
const GIVEN = { ...COLUMNS, threadId: 'text?' } as const

/** Origin of a text. */
export interface Origin extends Stamped {
  repositoryId: string
  /** Node id of the pull request; null for a repository's own text. */
  pullRequest: string | null
}

export type PassageRow = Omit<RowOf<typeof GIVEN>, 'pullRequestId'> & Origin

/** Splits a text into passages at once, for a text that is known to be short. */
export function passagesOf(authored: Authored, origin: Origin): PassageRow[] {
  return rowsOfParts(authored, partsOf(authored), origin)
}

/** Assigns field by field, because object spread would take as long here as counting tokens. */
export function rowsOfParts(authored: Authored, parts: Part[], origin: Origin): PassageRow[] {
  return parts.map(({ text, tokens, hash, words, length }, part) => ({
    repositoryId: origin.repositoryId,
    pullRequest: origin.pullRequest,
    kind: authored.kind,
    sourceId: authored.sourceId,
    part,
    text,
    tokens,
    authorId: authored.authorId,
    path: authored.path ?? null,
    threadId: authored.threadId ?? null,
    issueRepository: authored.issueRepository ?? null,
    url: authored.url,
    createdAt: authored.createdAt,
    contentHash: Buffer.from(hash, 'hex'),
    words,
    length,
    readAt: origin.readAt,
  }))
}

/** The words of a text are the slowest to store: on the embedded profile this takes about half a second at the worst. */
const MOST_TEXT = 131_072

type PlacedPassage = PassageRow & { pullRequestId: string | null }

// The materialized subqueries select with `any` first: from `unnest` alone the planner cannot estimate how
// few rows there are, and scans whole tables.
const WRITE = `with old as materialized (
  select coalesce(pull_request_id, 0) as owner, kind, source_id, part, content_hash, read_at
  from passage where repository_id = any($1::bigint[])
    and coalesce(pull_request_id, 0) = any($2::bigint[]) and source_id = any($3::text[])
), thread as materialized (
  select node_id, line from review_thread where node_id = any($4::text[])
), n as (
  select n.*, t.line
  from unnest(${arrays(GIVEN, 5)}) with ordinality as n (${names(GIVEN)}, place)
    left join thread t on t.node_id = n.thread_id
), written as (
${insertFrom('n', passages)}
)
select n.place::int from n left join old o on o.owner = coalesce(n.pull_request_id, 0)
  and o.kind = n.kind and o.source_id = n.source_id and o.part = n.part
where o.part is null or (o.content_hash <> n.content_hash and o.read_at <= n.read_at)`

/**
 * Writes passages with their words unless a later snapshot wrote them. The caller must hold the lock of the
 * snapshots, or of the repository's row, so that nobody else writes the same passages meanwhile.
 *
 * @param ids ids of the pull requests, by node id.
 * @returns the owners whose passages are new or changed: node ids of pull requests, or source ids of passages
 * that belong to no pull request.
 */
export async function indexPassages(
  tx: Queryable,
  all: PassageRow[],
  ids: Map<string, string>,
): Promise<Set<string>> {
  const rows = latestOf(placedPassages(all, ids), passages.key)
  const changed: PlacedPassage[] = []
  for (const portion of portionsOf(rows, MOST_TEXT))
    changed.push(...(await writePortion(tx, portion)))
  await noteChanges(
    tx,
    changed.map(({ repositoryId }) => repositoryId),
  )
  return new Set(changed.map(({ pullRequest, sourceId }) => pullRequest ?? sourceId))
}

/** @returns the new and changed passages. */
async function writePortion(tx: Queryable, rows: PlacedPassage[]): Promise<PlacedPassage[]> {
  const { rows: changed } = await tx.query<{ place: number }>(WRITE, [
    distinct(rows.map((row) => row.repositoryId)),
    distinct(rows.map((row) => row.pullRequestId ?? '0')),
    distinct(rows.map((row) => row.sourceId)),
    distinct(rows.flatMap((row) => row.threadId ?? [])),
    ...columnsOf(rows, GIVEN),
  ])
  return changed.map(({ place }) => rows[place - 1] as PlacedPassage)
}

function distinct(values: string[]): string[] {
  return [...new Set(values)]
}

function placedPassages(all: PassageRow[], ids: Map<string, string>): PlacedPassage[] {
  return all.flatMap((row): PlacedPassage[] => {
    const pullRequestId = row.pullRequest === null ? null : ids.get(row.pullRequest)
    return pullRequestId === undefined ? [] : [Object.assign(row, { pullRequestId })]
  })
}
