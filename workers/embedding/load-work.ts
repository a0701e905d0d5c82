import type { Pool } from '#app/database/pool.server.ts'
import { ofConsenting } from '#app/embeddings/consent.ts'
import type { EmbeddingProvider } from '#app/embeddings/providers/provider.ts'
import type { Space } from '#app/embeddings/spaces.ts'
import type { Passage } from '#app/embeddings/vectors.ts'
import type { ClaimedItem } from '#app/ledger/work-items.ts'

/** A passage with the human-readable name of its object. */
interface WantedPassage extends Passage {
  subject: string
}

export type EmbeddingWork =
  | 'github_repositories/embedding'
  | 'github_prs_commits_reviews_comments/embedding'
  | 'github_code/embedding'

/** Where the vectors go. */
interface Destination {
  space: Space
  provider: EmbeddingProvider
}

/** Passages of one batch: a pull request can have a hundred thousand. */
export const MOST = 12_288

/** The passages of each item. Of `cut`, which are the last items, there are more. */
export interface Work {
  passages: WantedPassage[][]
  cut: boolean[]
}

/**
 * Loads, for each item in order, the passages of its object without an up-to-date vector in the space, except
 * those that may not be sent to the provider.
 */
export type LoadWork<P extends EmbeddingWork> = (
  pool: Pool,
  items: ClaimedItem<P>[],
  destination: Destination,
) => Promise<Work>

export interface WorkRow extends WantedPassage {
  owner: string
}

export const loadPullRequests: LoadWork<'github_prs_commits_reviews_comments/embedding'> = async (
  pool,
  items,
  { space, provider },
) => {
  const owners = items.map((item) => item.payload.pullRequestId)
  const { rows } = await pool.query<WorkRow>(
    `select p.pull_request_id as owner, r.full_name || '#' || pr.number as subject,
       p.id, p.content_hash, p.text, p.tokens
     from unnest($1::bigint[]) with ordinality item (id, place)
       join pull_request pr on pr.id = item.id join repository r on r.id = pr.repository_id
       join passage p on p.pull_request_id = pr.id
       left join embedding e on e.space_id = $2 and e.passage_id = p.id
     where e.content_hash is distinct from p.content_hash
       and (not $3::boolean or ${ofConsenting('p.repository_id')})
     order by item.place, p.id limit $4`,
    [[...new Set(owners)], space.id, provider.outside !== null, MOST],
  )
  return workOf(owners, rows)
}

export const loadRepositories: LoadWork<'github_repositories/embedding'> = async (
  pool,
  items,
  { space, provider },
) => {
  const owners = items.map((item) => item.payload.repositoryId)
  const { rows } = await pool.query<WorkRow>(
    `select r.id as owner, r.full_name as subject,
       p.id, p.content_hash, p.text, p.tokens
     from unnest($1::bigint[]) with ordinality item (id, place)
       join repository r on r.id = item.id
       -- Matches the index passage_source: few passages of a repository belong to no pull request.
       join passage p on p.repository_id = r.id and coalesce(p.pull_request_id, 0) = 0
       left join embedding e on e.space_id = $2 and e.passage_id = p.id
     where e.content_hash is distinct from p.content_hash
       and (not $3::boolean or ${ofConsenting('p.repository_id')})
     order by item.place, p.id limit $4`,
    [[...new Set(owners)], space.id, provider.outside !== null, MOST],
  )
  return workOf(owners, rows)
}

/**
 * Returns the work of each item.
 *
 * @param owners of the items, in order. @param rows in the order of their owners, at most MOST.
 */
export function workOf(owners: string[], rows: WorkRow[]): Work {
  const passages = new Map<string, WantedPassage[]>()
  for (const { owner, ...passage } of rows) {
    const known = passages.get(owner)
    if (known) known.push(passage)
    else passages.set(owner, [passage])
  }
  const last = rows.length < MOST ? owners.length : owners.indexOf(rows.at(-1)?.owner as string)
  return {
    passages: owners.map((owner) => passages.get(owner) ?? []),
    cut: owners.map((owner) => owners.indexOf(owner) >= last),
  }
}
