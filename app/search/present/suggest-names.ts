import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'
import type { Reader } from '#app/database/reader.server.ts'
import { leavesOf } from '../query/expression.ts'
import type { Expression } from '../query/query.ts'
import { quoted } from '../query/query-warnings.ts'
import { nearestOf } from '../query/suggest.ts'

// More names than this are not compared.
const MOST = 5_000
const PEOPLE = new Set(['author', 'assignee', 'commenter', 'reviewed-by', 'involves'])
const SHORTCODE = /:[\w+-]+:/gu
const PICTURE = /:[\w+-]+:|\p{Extended_Pictographic}/u

/**
 * Says which existing login or label was probably meant by a query that found nothing, or whose words look like
 * a label.
 */
export async function suggestNames(
  reader: Reader,
  expression: Expression,
  { repositoryIds, isFound }: { repositoryIds: ReadableRepositoryId[]; isFound: boolean },
): Promise<string[]> {
  const labels = valuesOf(expression, (kind) => kind === 'label')
  const words = leavesOf(expression).flatMap((leaf) => ('text' in leaf ? [leaf.text] : []))
  const texts = [...labels, ...words]
  const logins = isFound ? [] : valuesOf(expression, (kind) => PEOPLE.has(kind))
  const isLabel = texts.length > 0 && (!isFound || PICTURE.test(texts.join(' ')))
  const [known, named] = await Promise.all([
    logins.length > 0 ? reader.run((db) => readAuthors(db, repositoryIds)) : [],
    isLabel ? reader.run((db) => readLabels(db, repositoryIds)) : [],
  ])
  return [
    ...logins.flatMap((login) => suggestLogin(login, known)),
    ...suggestLabel(texts, labels, named),
  ]
}

function valuesOf(expression: Expression, isWanted: (kind: string) => boolean): string[] {
  return leavesOf(expression).flatMap((leaf) =>
    leaf.kind === 'filter' && isWanted(leaf.filter.kind) && 'values' in leaf.filter
      ? leaf.filter.values
      : [],
  )
}

async function readAuthors(db: Queryable, ids: ReadableRepositoryId[]): Promise<string[]> {
  const { rows } = await db.query<{ login: string }>(
    `select u.login from github_user u where u.node_id in (
       select pr.author_id from pull_request pr
       where pr.repository_id = any($1::bigint[]) and ${notDeleted('pr')}) order by 1 limit $2`,
    [ids, MOST],
  )
  return rows.map(({ login }) => login)
}

async function readLabels(db: Queryable, ids: ReadableRepositoryId[]): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select distinct label as name from pull_request pr cross join unnest(pr.labels) label
     where pr.repository_id = any($1::bigint[]) and ${notDeleted('pr')} order by 1 limit $2`,
    [ids, MOST],
  )
  return rows.map(({ name }) => name)
}

function suggestLogin(login: string, known: string[]): string[] {
  const asked = login.toLowerCase()
  if (asked.includes('*') || known.some((one) => one.toLowerCase() === asked)) return []
  const nearest = nearestOf(asked, new Set(known.map((one) => one.toLowerCase())))
  const stored = known.find((one) => one.toLowerCase() === nearest)
  return stored
    ? [`Nobody named ${quoted(login)} opened a pull request here; did you mean ${quoted(stored)}?`]
    : []
}

/** @param given the labels of the query, which are no news if they exist. */
function suggestLabel(texts: string[], given: string[], known: string[]): string[] {
  const asked = lettersOf(texts.join(' '))
  const found = known.find((label) => asked !== '' && lettersOf(label) === asked)
  if (!found || given.some((label) => label.toLowerCase() === found.toLowerCase())) return []
  return [`There is a label of that name: write ${quoted(`label:"${found}"`)}.`]
}

function lettersOf(label: string): string {
  const words = label
    .toLowerCase()
    .replace(SHORTCODE, ' ')
    .match(/[\p{L}\p{N}]+/gu)
  return (words ?? []).join(' ')
}
