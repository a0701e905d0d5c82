import { type Scope, visible, visibleIssue } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'
import type { PassageKind } from '../query/query.ts'
import { type RankedHit, SHOWN_PASSAGES } from '../text/ranked-hit.ts'
import type { FoundPassage, Hit, PullRequestHit, RepositoryHit } from './answer.ts'
import { plainText, withoutTitle } from './plain-text.ts'
import { snippetOf } from './snippet.ts'

/**
 * Reads the content of one page of hits. Hits that have since been deleted or left the scope are omitted.
 *
 * @param weights of the query's lexemes, which select the snippet of a passage.
 */
export async function readHits(
  db: Queryable,
  scope: Scope,
  ranked: RankedHit[],
  weights: Map<string, number>,
): Promise<Hit[]> {
  const passages = await readPassages(db, scope, ranked, weights)
  const pulls = await readPulls(db, scope, ranked)
  const repositories = await readHitRepositories(db, scope, ranked)
  return ranked.flatMap((one): Hit[] => {
    const found = one.pullRequestId
      ? pulls.get(one.pullRequestId)
      : repositories.get(one.repositoryId)
    if (!found) return []
    const shown = one.passageIds.slice(0, SHOWN_PASSAGES).flatMap((id) => passages.get(id) ?? [])
    return [{ ...found, score: one.score, passages: shown }]
  })
}

interface HitPassageRow extends Omit<FoundPassage, 'highlights' | 'createdAt'> {
  /** Title of the pull request, on its description alone. */
  title: string | null
  id: string
  kind: PassageKind
  createdAt: Date
}

async function readPassages(
  db: Queryable,
  scope: Scope,
  ranked: RankedHit[],
  weights: Map<string, number>,
): Promise<Map<string, FoundPassage>> {
  const ids = ranked.flatMap(({ passageIds }) => passageIds.slice(0, SHOWN_PASSAGES))
  const { values, bind } = parametersOf([ids])
  const { rows } = await db.query<HitPassageRow>(
    `select p.id, p.kind, coalesce(u.login, c.author_name) as author,
       coalesce(u.kind = 'Bot', false) as is_bot, p.created_at, p.text, p.path, p.line, p.url,
       case when p.kind = 'description' and p.part = 0 then pr.title end as title
     from passage p join repository r on r.id = p.repository_id
       left join github_user u on u.node_id = p.author_id
       left join commit c on p.kind = 'commit' and c.repository_id = p.repository_id
         and c.oid = p.source_id
       left join pull_request pr on pr.id = p.pull_request_id
     where p.id = any($1::bigint[]) and ${visible(scope, 'r')(bind)}
       and ${visibleIssue(scope, 'p.issue_repository')(bind)}`,
    values,
  )
  return new Map(
    rows.flatMap(({ id, createdAt, text, title, ...passage }) => {
      const snippet = snippetOf(plainText(withoutTitle(text, title)), weights)
      // The title alone is shown above the passages.
      if (snippet.text === '') return []
      return [[id, { ...passage, createdAt: createdAt.toISOString(), ...snippet }] as const]
    }),
  )
}

type Described<H> = Omit<H, 'score' | 'passages'>

async function readPulls(
  db: Queryable,
  scope: Scope,
  ranked: RankedHit[],
): Promise<Map<string, Described<PullRequestHit>>> {
  type Row = Omit<Described<PullRequestHit>, 'createdAt' | 'updatedAt' | 'mergedAt' | 'kind'> & {
    id: string
    createdAt: Date
    updatedAt: Date
    mergedAt: Date | null
  }
  const { values, bind } = parametersOf([ranked.flatMap((one) => one.pullRequestId ?? [])])
  const { rows } = await db.query<Row>(
    `select pr.id, r.full_name as repository, pr.number, pr.title, pr.state, pr.is_draft,
       u.login as author, pr.url, pr.labels, pr.created_at,
       pr.updated_at, pr.merged_at
     from pull_request pr join repository r on r.id = pr.repository_id
       left join github_user u on u.node_id = pr.author_id
     where pr.id = any($1::bigint[]) and ${notDeleted('pr')} and ${visible(scope, 'r')(bind)}`,
    values,
  )
  return new Map(
    rows.map(({ id, createdAt, updatedAt, mergedAt, ...pull }) => [
      id,
      {
        kind: 'pull_request',
        ...pull,
        createdAt: createdAt.toISOString(),
        updatedAt: updatedAt.toISOString(),
        mergedAt: mergedAt?.toISOString() ?? null,
      },
    ]),
  )
}

async function readHitRepositories(
  db: Queryable,
  scope: Scope,
  ranked: RankedHit[],
): Promise<Map<string, Described<RepositoryHit>>> {
  const ids = ranked.flatMap((one) => (one.pullRequestId ? [] : one.repositoryId))
  if (ids.length === 0) return new Map()
  type Row = { id: string; fullName: string; url: string; createdAt: Date; updatedAt: Date }
  const { values, bind } = parametersOf([ids])
  const { rows } = await db.query<Row>(
    `select r.id, r.full_name, r.url, r.created_at,
       r.updated_at
     from repository r where r.id = any($1::bigint[]) and ${visible(scope, 'r')(bind)}`,
    values,
  )
  return new Map(
    rows.map(({ id, fullName, url, createdAt, updatedAt }) => [
      id,
      {
        kind: 'repository',
        repository: fullName,
        number: null,
        state: null,
        author: null,
        title: fullName,
        url,
        createdAt: createdAt.toISOString(),
        updatedAt: updatedAt.toISOString(),
      },
    ]),
  )
}
