/** Searches that people keep, for themselves or for everybody who reads something of an installation. */
import { z } from 'zod'
import {
  type ChangeScope,
  isOperator,
  mayChange,
  operated,
  type Scope,
  visible,
} from '#app/auth/scope.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import { type Condition, parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { cleanText } from '#app/passages/clean.ts'
import { searchMode } from '../present/answer.ts'
import { QUERY_LENGTH } from '../query/parse.ts'
import type { SearchMode } from '../query/query.ts'
import { SEARCH_TYPES, type SearchType } from './search-address.ts'

const MOST = 100
const NAME_LENGTH = 80

export interface SavedSearch {
  id: string
  name: string
  query: string
  mode: SearchMode
  type: SearchType
  /** Account of the installation with which it is shared; null for a private one. */
  sharedWith: string | null
  /** Login of whoever shared it; null for the operator, and for a private one. */
  sharedBy: string | null
  /** True if the viewer may delete it. */
  isOwn: boolean
}

/** Who keeps searches. */
export interface Keeper {
  scope: Scope
  /** Null for the operator, and for programs, which keep none. */
  personId: string | null
}

/** Restricts `saved_search` to those of the viewer. Of nobody who is neither a person nor the operator. */
function isOf({ scope, personId }: Keeper, saved: string): Condition {
  return (bind) => {
    if (personId !== null) return `${saved}.person_id = ${bind(personId)}::bigint`
    return isOperator(scope) ? `${saved}.person_id is null` : 'false'
  }
}

/** Returns the searches that the viewer keeps, and those that others share with them, by name. */
export async function readSavedSearches(db: Queryable, keeper: Keeper): Promise<SavedSearch[]> {
  const { scope } = keeper
  const { values, bind } = parametersOf()
  const { rows } = await db.query<SavedSearch>(
    `select s.id, s.name, s.query, s.mode, s.type, i.account as shared_with,
       case when i.id is not null then p.login end as shared_by,
       ${isOf(keeper, 's')(bind)} or coalesce(${operated(scope, 'i.id')(bind)}, false) as is_own
     from saved_search s left join installation i on i.id = s.installation_id
       left join person p on p.id = s.person_id
     where (s.installation_id is null and ${isOf(keeper, 's')(bind)}) or exists (
       select from repository r where r.installation_id = s.installation_id and ${visible(scope, 'r')(bind)})
     order by lower(s.name), s.id`,
    values,
  )
  return rows
}

/** An installation of which the viewer reads something: they can share a search with its other readers. */
export interface SharedWith {
  id: string
  account: string
}

/** Returns the installations with whose readers the viewer can share a search, by account. */
export async function readAudiences(db: Queryable, scope: Scope): Promise<SharedWith[]> {
  const { values, bind } = parametersOf()
  const { rows } = await db.query<SharedWith>(
    `select i.id, i.account from installation i
     where exists (select from repository r where r.installation_id = i.id and ${visible(scope, 'r')(bind)})
     order by lower(i.account), i.id`,
    values,
  )
  return rows
}

const kept = z.object({
  name: z.string().trim().min(1).max(NAME_LENGTH).transform(cleanText),
  query: z.string().trim().min(1).max(QUERY_LENGTH).transform(cleanText),
  mode: searchMode,
  type: z.enum(SEARCH_TYPES),
  /** Id of an installation; null to keep it private. */
  sharedWith: z
    .string()
    .regex(/^\d{1,18}$/)
    .nullable(),
})
export type KeptSearch = z.input<typeof kept>

/** The searches of one viewer, for their own changes. */
export interface OwnSearches {
  /** Replaces the viewer's own one of this name that is shared with the same. @returns its name. */
  keep(search: KeptSearch): Promise<string>
  /** @returns its name. */
  forget(id: string): Promise<string>
}

export function openOwnSearches(db: Queryable, keeper: Keeper): OwnSearches {
  return {
    async keep(search) {
      changing(keeper)
      const { success, data } = kept.safeParse(search)
      if (!success)
        throw new RefusedError(
          'invalid',
          'The search cannot be kept like this',
          `Give it a name of 1 to ${NAME_LENGTH} characters, and a query.`,
        )
      if (data.sharedWith !== null) await checkAudience(db, keeper.scope, data.sharedWith)
      await keepSearch(db, keeper.personId, data)
      return data.name
    },
    async forget(id) {
      changing(keeper)
      const own = (await readSavedSearches(db, keeper)).find((one) => one.id === id && one.isOwn)
      if (!own) throw unknownSearch()
      await db.query('delete from saved_search where id = $1', [id])
      return own.name
    },
  }
}

/** @throws RefusedError for programs, and for whoever may only read. */
function changing({ scope, personId }: Keeper): ChangeScope {
  if (mayChange(scope) && (personId !== null || isOperator(scope))) return scope
  throw new RefusedError(
    'forbidden',
    'Searches are kept by people',
    'Sign in with a browser to keep searches.',
  )
}

async function checkAudience(db: Queryable, scope: Scope, id: string): Promise<void> {
  if ((await readAudiences(db, scope)).some((one) => one.id === id)) return
  throw new RefusedError(
    'unknown',
    'There is no such installation to share with',
    'You can share a search with the readers of an installation of which you read something.',
  )
}

function unknownSearch(): RefusedError {
  return new RefusedError(
    'unknown',
    'There is no such search that you could delete',
    'Somebody may have deleted it meanwhile. Reload the page.',
  )
}

/** @throws RefusedError if too many are kept; what is kept stays as it is then. */
async function keepSearch(
  db: Queryable,
  personId: string | null,
  { name, query, mode, type, sharedWith }: z.output<typeof kept>,
): Promise<void> {
  const { rowCount } = await db.query(
    `insert into saved_search (person_id, name, query, mode, type, installation_id)
     select $1::bigint, $2, $3, $4, $5, $6::bigint
     where ${MOST} > (select count(*) from saved_search other
       where other.person_id is not distinct from $1::bigint
         and (other.name <> $2 or other.installation_id is distinct from $6::bigint))
     on conflict (person_id, installation_id, name)
       do update set query = excluded.query, mode = excluded.mode, type = excluded.type`,
    [personId, name, query, mode, type, sharedWith],
  )
  if (rowCount === 0)
    throw new RefusedError('invalid', `You keep ${MOST} searches already`, 'Delete one first.')
}
