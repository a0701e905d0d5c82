/** Pull requests that are looked for by their own titles, to learn what a search is worth. */
import type { Queryable } from '../transaction.server.ts'
import { wordsOf } from './words.ts'

export interface KnownItem {
  title: string
  /** Where it is looked for: what its installation has. */
  repositoryIds: string[]
  /** Ids of its passages that hold the title itself, and would give it away. */
  telling: string[]
}

const LEAST_WORDS = 3
/** Draws for each that is wanted: some say nothing but their title, some are drawn twice. */
const DRAWS = 10

/** So many pull requests at most, by chance, that say more than their title. */
export async function sampleKnownItems(db: Queryable, count: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `with bounds as (select min(id) as least, max(id) as most from pull_request),
     drawn as (
       select distinct next.id from bounds cross join generate_series(1, $1::int)
         cross join lateral (select least + floor(random() * (most - least + 1))::bigint as at) draw
         cross join lateral (
           select pr.id from pull_request pr where pr.id >= draw.at order by pr.id limit 1) next)
     select pr.id from drawn join pull_request pr on pr.id = drawn.id
       join repository r on r.id = pr.repository_id and r.hidden_at is null
     where pr.deleted_at is null and exists (
       select from passage p where p.pull_request_id = pr.id
         and not (p.kind = 'description' and p.part = 0) and strpos(p.text, pr.title) = 0)
     limit $2`,
    [DRAWS * count, count],
  )
  return rows.map(({ id }) => id)
}

/** @returns null where its title says too little, or it is gone. */
export async function readKnownItem(db: Queryable, id: string): Promise<KnownItem | null> {
  const { rows } = await db.query<KnownItem>(
    `select pr.title,
       array(select o.id::text from repository o
         where o.installation_id = r.installation_id and o.hidden_at is null) as "repositoryIds",
       array(select p.id::text from passage p where p.pull_request_id = pr.id
         and ((p.kind = 'description' and p.part = 0) or strpos(p.text, pr.title) > 0)) as telling
     from pull_request pr join repository r on r.id = pr.repository_id and r.hidden_at is null
     where pr.id = $1 and pr.deleted_at is null`,
    [id],
  )
  const [item] = rows
  return item && wordsOf(item.title).length >= LEAST_WORDS ? item : null
}
