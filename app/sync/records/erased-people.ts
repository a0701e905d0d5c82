/** Removes the texts of people who asked for their erasure from GitHub's answers, before they are stored. */
import type { Queryable } from '#app/database/pool.server.ts'

/** The login that GitHub itself gives to deleted accounts. */
export const GHOST = 'ghost'
/** Stands for the title of a pull request, which is never empty. */
export const ERASED_TITLE = '(erased)'

/** @returns node ids. */
export async function readErasedPeople(db: Queryable): Promise<Set<string>> {
  const { rows } = await db.query<{ nodeId: string }>('select node_id from erased_person')
  return new Set(rows.map((row) => row.nodeId))
}

/**
 * Returns the value without the texts and names of these people. What they wrote stays as an empty object,
 * so that it counts; ids stay, so that the next answer is recognized too.
 *
 * @param people node ids.
 */
export function withoutTextsOf<T>(value: T, people: ReadonlySet<string>): T {
  return people.size === 0 ? value : (erase(value, people) as T)
}

type Fields = Record<string, unknown>

function erase(value: unknown, people: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((one) => erase(one, people))
  if (value === null || typeof value !== 'object') return value
  const fields = value as Fields
  const erased = Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, erase(field, people)]),
  )
  if (isOne(fields, people) && 'login' in fields) return { ...erased, login: GHOST }
  // The author of a commit: a name and an address, and the account if there is one.
  if (isOne(fields.user, people)) return { ...erased, name: null, email: null }
  return wrote(fields, people) ? { ...erased, ...emptied(fields) } : erased
}

function isOne(value: unknown, people: ReadonlySet<string>): boolean {
  const id = (value as Fields | null | undefined)?.id
  return typeof id === 'string' && people.has(id)
}

function wrote({ author }: Fields, people: ReadonlySet<string>): boolean {
  return isOne(author, people) || isOne((author as Fields | null | undefined)?.user, people)
}

function emptied(fields: Fields): Fields {
  return {
    ...('title' in fields && { title: ERASED_TITLE }),
    ...('body' in fields && { body: '' }),
    ...('diffHunk' in fields && { diffHunk: '' }),
    ...('message' in fields && { message: '' }),
  }
}
