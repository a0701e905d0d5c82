import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted, notHidden } from '#app/database/predicates.ts'

/** A repository that an event names, if the copy has it. */
export interface NamedRepository {
  id: string
  nodeId: string
  /** GitHub's number. */
  databaseId: string
  fullName: string
  topics: string[]
  /** Filtered out, or not granted any more. */
  isHidden: boolean
}

export type KnownRepository = Pick<NamedRepository, 'id' | 'nodeId' | 'fullName'>

/** Returns the repositories of an installation by GitHub's numbers. */
export async function findRepositories(
  db: Queryable,
  installationId: string,
  databaseIds: string[],
): Promise<Map<string, NamedRepository>> {
  const { rows } = await db.query<NamedRepository>(
    `select id, node_id, database_id::text as database_id, full_name, topics,
       not (${notHidden('r')}) as is_hidden
     from repository r where installation_id = $1 and database_id = any($2::bigint[])`,
    [installationId, databaseIds],
  )
  return new Map(rows.map((row) => [row.databaseId, row]))
}

/** A question for the pull requests of a repository that an event concerns; `index` tells the answers apart. */
export interface PullQuestion {
  index: number
  repositoryId: string
}

interface FoundPull {
  index: number
  number: number
}

/** Checks of a head come in storms; each pull request is refreshed once for all of them. */
const MOST_PULLS = 100

/** Returns the pull requests whose head is one of the commits; of a push, only open ones can change. */
export async function findByHead(
  db: Queryable,
  questions: (PullQuestion & { oids: string[]; isPush: boolean })[],
): Promise<FoundPull[]> {
  const flat = questions.flatMap((one) => one.oids.map((oid) => ({ ...one, oid })))
  if (flat.length === 0) return []
  const { rows } = await db.query<FoundPull>(
    `select distinct q.index, p.number
     from unnest($1::int[], $2::bigint[], $3::text[], $4::boolean[]) q (index, repository_id, oid, is_push)
       join pull_request p on p.repository_id = q.repository_id and p.head_ref_oid = q.oid
     where ${notDeleted('p')} and (p.state = 'OPEN' or not q.is_push)`,
    [
      flat.map(({ index }) => index),
      flat.map(({ repositoryId }) => repositoryId),
      flat.map(({ oid }) => oid),
      flat.map(({ isPush }) => isPush),
    ],
  )
  return rows
}

/** Returns the pull requests of the installation that close an issue of one of its repositories. */
export async function findByIssue(
  db: Queryable,
  { id, nodeId }: NamedRepository,
  number: number,
): Promise<{ repository: KnownRepository; number: number }[]> {
  const { rows } = await db.query<KnownRepository & { number: number }>(
    `select r.id, r.node_id, r.full_name, p.number
     from pull_request p join repository r on r.id = p.repository_id and ${notHidden('r')}
     where p.closing_issues <> '[]' and ${notDeleted('p')}
       and r.installation_id = (select own.installation_id from repository own where own.id = $3)
       and (p.closing_issues @> $1::jsonb
         or p.repository_id = $3 and p.closing_issues @> $2::jsonb)
     limit $4`,
    [
      JSON.stringify([{ number, issueRepository: nodeId }]),
      JSON.stringify([{ number, issueRepository: null }]),
      id,
      MOST_PULLS,
    ],
  )
  return rows.map(({ number: found, ...repository }) => ({ repository, number: found }))
}

/** Returns the node ids of all pull requests of a repository that have a label or a milestone of this name. */
export async function findByMark(
  db: Queryable,
  repositoryId: string,
  { of, name }: { of: 'label' | 'milestone'; name: string },
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select p.node_id as id from pull_request p
     where p.repository_id = $1 and ${notDeleted('p')} and exists (
       select from unnest(case $2 when 'label' then p.labels else array[p.milestone] end) mark (name)
       where encode(sha256(convert_to(mark.name, 'UTF8')), 'hex') = $3)
     order by p.number desc`,
    [repositoryId, of, name],
  )
  return rows.map(({ id }) => id)
}
