import { createHash } from 'node:crypto'
import { RefusedError } from '#app/config/errors.server.ts'
import type { SearchRequest } from './answer.ts'

// Nobody reads so far; what is meant is an export.
const LAST = 10_000

/** Where a page of an answer begins. */
export function offsetOf({ cursor, ...request }: SearchRequest): number {
  if (!cursor) return 0
  const [, offset, print] = /^(\d{1,5})\.([\w-]{8})$/.exec(cursor) ?? []
  if (offset === undefined || print !== fingerprint(request) || Number(offset) > LAST)
    throw new RefusedError(
      'invalid',
      'cursor: does not belong to this query',
      'Request the first page without a cursor.',
    )
  return Number(offset)
}

/** @returns null where nothing more can be asked for. */
export function cursorAt(offset: number, request: SearchRequest): string | null {
  return offset > LAST ? null : `${offset}.${fingerprint(request)}`
}

/** So that a cursor of another query is noticed. */
function fingerprint({ query, mode }: Pick<SearchRequest, 'query' | 'mode'>): string {
  return createHash('sha256').update(`${mode} ${query}`).digest('base64url').slice(0, 8)
}
