/** Reads the checks of a pull request's head, and says how complete their list is. */
import type { Check, ListCompleteness } from './pull-shapes.ts'

/** What is stored of the checks of a pull request; null for one without a row of its own. */
export interface CheckFacts {
  /** Null if there are no checks, or GitHub withholds them. */
  rollupState: string | null
  /** True if the list was read, and belongs to the present head. */
  isRead: boolean
  /** GitHub's count; null if GitHub withholds the list. */
  total: number | null
  contexts: Check[]
  /** Why checks are missing. */
  reason: string | null
  /** Why the list was not read, or not again. */
  waitsFor: string | null
  readAt: string | null
  /** True if the installation does not have the rights to read any check. */
  isWithheld: boolean
}

const READ = `(c.read_at is not null and c.head_oid = p.head_ref_oid)`

/** SQL that builds {@link CheckFacts} from `pull_request p`, `repository r` and, if there is one, `check_list c`. */
export const CHECK_FACTS = `json_build_object('rollupState', p.rollup_state, 'isRead', coalesce(${READ}, false),
  'total', c.total, 'contexts', case when ${READ} then c.contexts else '[]' end, 'reason', c.reason,
  'waitsFor', c.waits_for, 'readAt', case when ${READ} then
    to_char(c.read_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') end,
  'isWithheld', coalesce((select i.settings -> 'missing_permissions' ?& array['checks', 'statuses']
    from installation i where i.id = r.installation_id), false))`

/** @returns null in place of checks that are not read, so that they do not look like none. */
export function rollupOf({ rollupState, isRead, contexts, total, readAt }: CheckFacts) {
  if (rollupState === null) return null
  const isKnown = isRead && (total !== null || contexts.length > 0)
  return { state: rollupState, contexts: isKnown ? contexts : null, readAt }
}

export function checksCompleteness(facts: CheckFacts): ListCompleteness {
  const { rollupState, isRead, total, contexts, reason, waitsFor, isWithheld } = facts
  const unknown = (why: string) =>
    ({ total: null, stored: contexts.length, state: 'unknown', reason: why }) as const
  if (isRead && total === null) return unknown(reason ?? WITHHELD)
  if (rollupState === null)
    return isWithheld ? unknown(WITHHELD) : { total: 0, stored: 0, state: 'complete' }
  if (!isRead || total === null) return unknown(because('not read yet', waitsFor))
  const own = { total, stored: contexts.length }
  if (reason !== null) return { ...own, state: 'incomplete', reason, settled: true }
  return {
    ...own,
    state: 'complete',
    ...(waitsFor && { reason: because('not read again yet', waitsFor) }),
  }
}

const WITHHELD =
  'GitHub withholds the checks because the permissions "checks" and "statuses" are missing'

function because(what: string, why: string | null): string {
  return why === null ? what : `${what}: ${why}`
}
