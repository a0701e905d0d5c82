/**
 * Lists that GitHub refuses to these credentials (`FORBIDDEN`) although the schema says that they are never
 * null: GitHub refuses the entire pull request with them. They are asked for no more, and the rest is read.
 */
import type { AnswerError, GithubAnswer } from './client.ts'
import { leaveOut } from './queries/leave-out.ts'
import type { GraphqlQuery } from './queries/query.ts'
import { isRefusal } from './sort-nodes.ts'

const REFUSABLE = ['commits', 'reviews', 'comments', 'reviewThreads', 'files'] as const
export type RefusableList = (typeof REFUSABLE)[number]

/** The refused lists, each with GitHub's reason. */
export type RefusedLists = Partial<Record<RefusableList, string>>

/**
 * Returns the lists of pull requests whose refusal has made an object null. A review thread whose comments are
 * refused counts as a refusal of the review threads.
 *
 * @param list the list that the query reads on, if it is not a query for pull requests; null is a refusal then.
 */
export function refusedLists(
  { data, errors }: GithubAnswer<unknown>,
  list?: RefusableList,
): RefusedLists {
  const refused: RefusedLists = {}
  for (const { message, path } of errors.filter((error) => isRefusal(error) && isOfField(error))) {
    const name = list ?? listOf(path)
    const places = list ? [path, path.slice(0, -1)] : [path.slice(0, -1)]
    if (name && places.some((place) => valueAt(data, place) === null)) refused[name] = message
  }
  return refused
}

/** True for an error at a field of an object, false for one of the object itself. */
function isOfField({ path }: AnswerError): boolean {
  return path.length > 1 && typeof path.at(-1) === 'string'
}

function listOf(path: AnswerError['path']): RefusableList | undefined {
  if (typeof path.at(-2) !== 'number') return undefined
  const name = path.at(-4) === 'reviewThreads' ? 'reviewThreads' : path.at(-1)
  return REFUSABLE.find((one) => one === name)
}

function valueAt(data: unknown, path: AnswerError['path']): unknown {
  return path.reduce<unknown>(
    (value, part) => (value === null || value === undefined ? undefined : Object(value)[part]),
    data,
  )
}

/**
 * Leaves lists of pull requests out of a query; that of the commits is left out by a variable instead.
 *
 * @param definition the fragment that has the lists.
 */
export function withoutLists<V, R>(
  query: GraphqlQuery<V, R>,
  definition: string,
  lists: string[],
): GraphqlQuery<V, R> {
  const fields = lists.filter((list) => list !== 'commits')
  const text = fields.reduce(
    (shorter, field) => leaveOut(shorter, { definition, field }),
    query.text,
  )
  return { ...query, text }
}
