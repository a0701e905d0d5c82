import {
  COPY_STATES,
  type CopyState,
  TABLE_ORDERS,
  type TableFilter,
  type TableOrder,
} from '#app/archive/repository-table.ts'
import { cleanText } from '#app/passages/clean.ts'

export const STATE_NAMES: Record<CopyState, string> = {
  read: 'read',
  limited: 'newest only',
  gaps: 'with gaps',
  unread: 'not read yet',
}

export const ORDER_NAMES: Record<TableOrder, string> = {
  name: 'name',
  pushed: 'pushed last',
  read: 'stalest first',
  pulls: 'most pull requests',
}

const LONGEST = 200
const LAST_PAGE = 10_000

/** Reads the filter from an address; what it does not understand, it leaves out. */
export function filterFrom(parameters: URLSearchParams): TableFilter {
  const page = Number(parameters.get('page'))
  return {
    named: cleanText((parameters.get('q') ?? '').trim().slice(0, LONGEST)),
    state: COPY_STATES.find((state) => state === parameters.get('state')) ?? null,
    order: TABLE_ORDERS.find((order) => order === parameters.get('order')) ?? 'name',
    page: Number.isInteger(page) && page >= 1 && page <= LAST_PAGE ? page : 1,
  }
}

export function tableAddress({ named, state, order, page }: TableFilter): string {
  const query = new URLSearchParams()
  if (named !== '') query.set('q', named)
  if (state !== null) query.set('state', state)
  if (order !== 'name') query.set('order', order)
  if (page > 1) query.set('page', String(page))
  return query.size > 0 ? `/repositories?${query}` : '/repositories'
}
