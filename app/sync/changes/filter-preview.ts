import type { Queryable } from '#app/database/pool.server.ts'
import { notHidden } from '#app/database/predicates.ts'
import {
  EXCLUDED,
  type FilterSettings,
  type Listed,
  makeFilter,
} from '#app/sync/settings/repository-filter.ts'

const NAMED = 20

/** What a repository filter would match of the repositories that are known. */
export interface FilterPreview {
  known: number
  matches: number
  /** The first of them by name. */
  matching: string[]
  /** Repositories that are shown now and would be hidden. */
  hides: string[]
  /** Repositories that the next sync would read or show again. */
  adds: string[]
}

interface Known extends Listed {
  id: string | null
  shown: boolean
}

/**
 * Previews a filter on the stored repositories and on the last list of what GitHub grants, which also has
 * those that were never read.
 */
export async function previewFilter(
  db: Queryable,
  installationId: string,
  filter: Partial<FilterSettings>,
): Promise<FilterPreview> {
  const known = await readKnown(db, installationId)
  const { accepts } = makeFilter(filter)
  const matching = known.filter(accepts)
  const names = (some: Known[]) => some.map((one) => one.full_name)
  return {
    known: known.length,
    matches: matching.length,
    matching: names(matching).slice(0, NAMED),
    hides: names(known.filter((one) => one.shown && !accepts(one))),
    adds: names(matching.filter((one) => !one.shown)),
  }
}

async function readKnown(db: Queryable, installationId: string): Promise<Known[]> {
  const { rows } = await db.query<Omit<Known, 'full_name'> & { fullName: string }>(
    `with stored as (
       select id, name, full_name, is_archived as archived, is_fork as fork,
         lower(visibility) as visibility, ${notHidden('repository')} as shown
       from repository where installation_id = $1 and (${notHidden('repository')} or hidden_reason = $2)
     ), listed as (
       select distinct on (lower(one ->> 'full_name')) one ->> 'name' as name,
         one ->> 'full_name' as full_name, (one ->> 'archived')::boolean as archived,
         (one ->> 'fork')::boolean as fork, one ->> 'visibility' as visibility
       from github_etag e, json_array_elements(e.body -> 'repositories') one
       where e.installation_id = $1 and e.path like '/installation/repositories%'
     )
     select id, name, full_name, archived, fork, visibility, shown from stored
     union all
     select null, name, full_name, archived, fork, visibility, false from listed l
     where not exists (select from stored s where lower(s.full_name) = lower(l.full_name))
     order by full_name`,
    [installationId, EXCLUDED],
  )
  return rows.map(({ fullName, ...row }) => ({ ...row, full_name: fullName }))
}

/** Hides the repositories that a new filter excludes, before the next sync does. */
export async function applyFilter(
  db: Queryable,
  installationId: string,
  names: string[],
): Promise<void> {
  await db.query(
    `update repository set hidden_at = clock_timestamp(), hidden_reason = $3
     where installation_id = $1 and full_name = any($2::text[]) and ${notHidden('repository')}`,
    [installationId, names, EXCLUDED],
  )
}
