import { createHash } from 'node:crypto'
import { RefusedError } from '#app/config/errors.server.ts'
import type { SearchRequest } from './answer.ts'

// Nobody pages this far; a client that does needs an export.
const LAST = 10_000

/** Returns the offset of the requested page. */
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

/** @returns null if no further page can be requested. */
export function cursorAt(offset: number, request: SearchRequest): string | null {
  return offset > LAST ? null : `${offset}.${fingerprint(request)}`
}

/** Returns a hash that detects a cursor of another query. */
function fingerprint({ query, mode }: Pick<SearchRequest, 'query' | 'mode'>): string {
  return createHash('sha256').update(`${mode} ${query}`).digest('base64url').slice(0, 8)
}
