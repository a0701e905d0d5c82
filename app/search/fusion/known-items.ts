/**
 * A pull request that is searched for by its own title and description, to measure the quality of a search.
 */

import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isReadable, notDeleted } from '#app/database/predicates.ts'
import { ofConsenting } from '#app/embeddings/consent.ts'
import { type Length, lengthOf } from './choose-weight.ts'

export interface KnownItem {
  /** The repositories to search: all of the pull request's installation. */
  repositoryIds: ReadableRepositoryId[]
  questions: KnownItemQuestion[]
}

export interface KnownItemQuestion {
  length: Length
  text: string
  /** Ids of the pull request's passages that contain the question itself and would give the answer away. */
  telling: string[]
}

const LEAST_WORDS = 3
/** Length of a long question: this many words of a description. */
const LONG_WORDS = 60
/** Draws per wanted pull request: some contain nothing but their title, and some are drawn twice. */
const DRAWS = 10

/**
 * Samples at most `count` pull requests that contain more than their title. They are spread over the ids by a
 * hash, so that the same copy always gives the same sample.
 *
 * @param outside leaves out the installations whose texts may not be sent to an outside provider.
 */
export async function sampleKnownItems(
  db: Queryable,
  count: number,
  outside: boolean,
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `with bounds as (select min(id) as least, max(id) as most from pull_request),
     drawn as (
       select distinct next.id from bounds cross join generate_series(1, $1::int) n
         cross join lateral (
           select least + floor((most - least + 1) * (0.5 + hashint8(n) / 4294967296.0))::bigint as at) draw
         cross join lateral (
           select pr.id from pull_request pr where pr.id >= draw.at order by pr.id limit 1) next)
     select pr.id from drawn join pull_request pr on pr.id = drawn.id
       join repository r on r.id = pr.repository_id and ${isReadable('r')}
     where ${notDeleted('pr')} and (not $3::boolean or ${ofConsenting('r.id')}) and exists (
       select from passage p where p.pull_request_id = pr.id
         and not (p.kind = 'description' and p.part = 0) and strpos(p.text, pr.title) = 0)
     limit $2`,
    [DRAWS * count, count, outside],
  )
  return rows.map(({ id }) => id)
}

/**
 * @returns null if it is deleted, or may not be sent to an outside provider; an item without questions if its title and its description are too short.
 */
export async function readKnownItem(
  db: Queryable,
  id: string,
  outside: boolean,
): Promise<KnownItem | null> {
  const { rows } = await db.query<ItemRow>(
    `select pr.title, left(pr.body, 4000) as body,
       array(select o.id::text from repository o
         where o.installation_id = r.installation_id and ${isReadable('o')}) as repository_ids,
       array(select p.id::text from passage p where p.pull_request_id = pr.id
         and ((p.kind = 'description' and p.part = 0) or strpos(p.text, pr.title) > 0)) as has_title,
       array(select p.id::text from passage p
         where p.pull_request_id = pr.id and p.kind = 'description') as has_body,
       exists (select from passage p
         where p.pull_request_id = pr.id and p.kind <> 'description') as has_more
     from pull_request pr join repository r on r.id = pr.repository_id and ${isReadable('r')}
     where pr.id = $1 and ${notDeleted('pr')} and (not $2::boolean or ${ofConsenting('r.id')})`,
    [id, outside],
  )
  const [row] = rows
  return row ? { repositoryIds: row.repositoryIds, questions: questionsOf(row) } : null
}

interface ItemRow {
  title: string
  body: string
  repositoryIds: ReadableRepositoryId[]
  hasTitle: string[]
  hasBody: string[]
  hasMore: boolean
}

function questionsOf({ title, body, hasTitle, hasBody, hasMore }: ItemRow): KnownItemQuestion[] {
  const questions: KnownItemQuestion[] = []
  const text = body.trim().split(/\s+/).slice(0, LONG_WORDS).join(' ')
  if (title.trim().split(/\s+/).length >= LEAST_WORDS && lengthOf(title) === 'short')
    questions.push({ length: 'short', text: title, telling: hasTitle })
  if (hasMore && lengthOf(text) === 'long')
    questions.push({ length: 'long', text, telling: hasBody })
  return questions
}
