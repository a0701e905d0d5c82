/** Stored passages of repositories and pull requests. */

import { columnsOf, type RowOf } from '#app/database/columns.ts'
import { arrays, defineTable, insertFrom, names } from '#app/database/define-table.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { latestOf, type Stamped } from '#app/database/upsert.ts'
import { contentHash } from '#app/passages/content-hash.ts'
import { splitText } from '#app/passages/split.ts'
import { wordsOfPassage } from '#app/search/text/passage-words.ts'

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
interface Origin extends Stamped {
  repositoryId: string
  /** Node id of the pull request; null for a repository's own text. */
  pullRequest: string | null
}

/** A text written on GitHub. */
export interface Authored {
  kind: 'repository' | 'description' | 'comment' | 'review' | 'review_comment' | 'commit'
  /** Node id of the source; for a commit its oid. */
  sourceId: string
  text: string
  authorId: string | null
  path?: string
  /** Thread of a review comment, from which the passage gets its line. */
  threadId?: string
  /** Title of the pull request; only on descriptions. */
  title?: string
  number?: number
  url: string
  createdAt: string
}

export type PassageRow = Omit<RowOf<typeof GIVEN>, 'pullRequestId'> & Origin

/**
 * Splits a text into passages. Assigns field by field, because object spread would take as long here as
 * counting tokens.
 *
 * @returns no passages for a text without content.
 */
export function passagesOf(authored: Authored, origin: Origin): PassageRow[] {
  const path = authored.path ?? null
  return splitText(authored.text).map(({ text, tokens }, part) => {
    const { kind, sourceId, title, number } = authored
    const words = wordsOfPassage({ kind, sourceId, part, text, path, title, number })
    return {
      repositoryId: origin.repositoryId,
      pullRequest: origin.pullRequest,
      kind: authored.kind,
      sourceId: authored.sourceId,
      part,
      text,
      tokens,
      authorId: authored.authorId,
      path,
      threadId: authored.threadId ?? null,
      url: authored.url,
      createdAt: authored.createdAt,
      contentHash: contentHash(text),
      words: words.vector,
      length: words.length,
      readAt: origin.readAt,
    }
  })
}

type PlacedPassage = PassageRow & { pullRequestId: string | null }

// The materialized subqueries select with `any` first: from `unnest` alone the planner cannot estimate how
// few rows there are, and scans whole tables.
const WRITE = `with old as materialized (
  select coalesce(pull_request_id, 0) as owner, kind, source_id, part, content_hash, read_at
  from passage where repository_id = any($1::bigint[])
    and coalesce(pull_request_id, 0) = any($2::bigint[])
), thread as materialized (
  select node_id, line from review_thread where node_id = any($3::text[])
), n as (
  select n.*, t.line
  from unnest(${arrays(GIVEN, 4)}) with ordinality as n (${names(GIVEN)}, place)
    left join thread t on t.node_id = n.thread_id
), written as (
${insertFrom('n', passages)}
)
select n.place::int from n left join old o on o.owner = coalesce(n.pull_request_id, 0)
  and o.kind = n.kind and o.source_id = n.source_id and o.part = n.part
where o.part is null or (o.content_hash <> n.content_hash and o.read_at <= n.read_at)`

/**
 * Writes passages unless a later snapshot wrote them. The caller must hold the lock of the snapshots, or of
 * the repository's row, so that nobody else writes the same passages meanwhile.
 *
 * @param ids ids of the pull requests, by node id.
 * @returns the owners whose passages are new or changed: node ids of pull requests, or source ids of passages
 * that belong to no pull request.
 */
export async function writePassages(
  tx: Queryable,
  all: PassageRow[],
  ids: Map<string, string>,
): Promise<Set<string>> {
  const rows = latestOf(placedPassages(all, ids), passages.key)
  if (rows.length === 0) return new Set()
  const { rows: changed } = await tx.query<{ place: number }>(WRITE, [
    distinct(rows.map((row) => row.repositoryId)),
    distinct(rows.map((row) => row.pullRequestId ?? '0')),
    distinct(rows.flatMap((row) => row.threadId ?? [])),
    ...columnsOf(rows, GIVEN),
  ])
  const authored = changed.map(({ place }) => rows[place - 1] as PlacedPassage)
  await noteChanges(
    tx,
    authored.map(({ repositoryId }) => repositoryId),
  )
  return new Set(authored.map(({ pullRequest, sourceId }) => pullRequest ?? sourceId))
}

/**
 * Records that passages were written or deleted, for the word counts.
 *
 * @param repositoryIds one entry per passage.
 */
export async function noteChanges(tx: Queryable, repositoryIds: string[]): Promise<void> {
  if (repositoryIds.length === 0) return
  await tx.query(
    `insert into passage_change (repository_id, passages)
     select id, count(*) from unnest($1::bigint[]) id group by id order by id`,
    [repositoryIds],
  )
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

/**
 * Sets the lines of passages whose review comments were written before their threads.
 *
 * @param threadIds the threads that are written now.
 * @param comments the review comments that are written now; their passages already have lines.
 */
export async function writeLines(
  tx: Queryable,
  threadIds: string[],
  comments: { nodeId: string; readAt: string }[],
): Promise<void> {
  if (threadIds.length === 0) return
  const { rows: earlier } = await tx.query<{ id: string }>(
    `select c.node_id as id from review_comment c
     where c.thread_id = any($1::text[]) and not exists (
       select from unnest($2::text[], $3::timestamptz[]) n (node_id, read_at)
       where n.node_id = c.node_id and n.read_at = c.read_at)`,
    [threadIds, ...columnsOf(comments, { nodeId: 'text', readAt: 'timestamptz' })],
  )
  if (earlier.length === 0) return
  await tx.query(
    `with said as materialized (
       select c.node_id, c.pull_request_id, c.repository_id, t.line
       from review_comment c join review_thread t on t.node_id = c.thread_id
       where c.node_id = any($1::text[]) and t.node_id = any($2::text[])
     )
     update passage p set line = said.line from said
     where p.repository_id = said.repository_id
       and coalesce(p.pull_request_id, 0) = said.pull_request_id and p.kind = 'review_comment'
       and p.source_id = said.node_id and p.line is distinct from said.line`,
    [earlier.map(({ id }) => id), threadIds],
  )
}

/** Counts, for each pull request, the passages without a vector of their current text, and their tokens. */
export async function readUnembedded(
  tx: Queryable,
  pullRequestIds: string[],
): Promise<Map<string, { inputs: number; tokens: number }>> {
  const { rows } = await tx.query<{ id: string; inputs: number; tokens: number }>(
    `select p.pull_request_id as id, count(*)::int as inputs, sum(p.tokens)::int as tokens
     from passage p
     where p.pull_request_id = any($1::bigint[]) and not exists (select from embedding e
       where e.passage_id = p.id and e.content_hash = p.content_hash)
     group by 1`,
    [pullRequestIds],
  )
  return new Map(rows.map(({ id, ...size }) => [id, size]))
}
