import { createHash } from 'node:crypto'
import type { Queryable } from '#app/database/pool.server.ts'

const PAGE = 1_000

export interface Verification {
  entries: number
  /** The id of the last entry that was deleted because of its age; `0` if none was. */
  deletedThrough: string
  /** The hash of the last entry, in hexadecimal: whoever keeps it elsewhere can tell a log that was replaced. */
  head: string
  /** The first entry that is not as it was recorded; null if all are. */
  broken: { id: string; message: string } | null
}

interface End {
  id: string
  /** In hexadecimal. */
  hash: string
}

interface Link extends End {
  previousHash: string
  content: string
}

/**
 * Computes the hashes of all entries again, from the first one that is kept. Entries may be added and old ones
 * deleted meanwhile.
 */
export async function verifyChain(db: Queryable): Promise<Verification> {
  for (;;) {
    const { deleted, revived } = await readEnds(db)
    const verification = await verifyFrom(db, deleted)
    if (revived !== null)
      return { ...verification, broken: { id: revived, message: `Entry ${revived} was inserted` } }
    // What was deleted while it was read left a hole that is none.
    const isSame = (await readEnds(db)).deleted.id === deleted.id
    if (verification.broken === null || isSame) return verification
  }
}

async function verifyFrom(db: Queryable, deleted: End): Promise<Verification> {
  const deletedThrough = deleted.id
  let last = deleted
  for (let entries = 0; ; ) {
    const links = await readLinks(db, last.id)
    for (const link of links) {
      const message = faultOf(link, last)
      if (message)
        return { entries, deletedThrough, head: last.hash, broken: { id: link.id, message } }
      entries++
      last = link
    }
    if (links.length > 0) continue
    // Read after the entries: those that were added in between are read by the next turn.
    const { end } = await readEnds(db)
    if (end.id === last.id && end.hash === last.hash)
      return { entries, deletedThrough, head: last.hash, broken: null }
    if (await hasMore(db, last.id)) continue
    return { entries, deletedThrough, head: last.hash, broken: endFault(last.id, end.id) }
  }
}

function faultOf(link: Link, last: End): string | null {
  const after = last.id === '0' ? 'the beginning' : `entry ${last.id}`
  if (link.previousHash !== last.hash)
    return `Entry ${link.id} does not follow ${after}: an entry was removed, inserted or changed`
  if (createHash('sha256').update(link.content).digest('hex') !== link.hash)
    return `Entry ${link.id} was changed`
  return null
}

function endFault(last: string, recorded: string): { id: string; message: string } {
  const [is, was] = [BigInt(last), BigInt(recorded)]
  if (is < was) return { id: String(is + 1n), message: `Entry ${is + 1n} was removed` }
  if (is === was)
    return { id: last, message: `Entry ${last} is not the one that was recorded last` }
  return { id: String(was + 1n), message: `Entry ${was + 1n} was inserted` }
}

async function readLinks(db: Queryable, after: string): Promise<Link[]> {
  const { rows } = await db.query<Link>(
    `select a.id, encode(a.previous_hash, 'hex') as previous_hash, encode(a.hash, 'hex') as hash,
       coalesce(audit_content(a), '') as content
     from audit_entry a where a.id > $1 order by a.id limit $2`,
    [after, PAGE],
  )
  return rows
}

interface Ends {
  end: End
  /** The last entry that was deleted because of its age. */
  deleted: End
  /** The id of an entry that is there though it was deleted. */
  revived: string | null
}

async function readEnds(db: Queryable): Promise<Ends> {
  const { rows } = await db.query<EndsRow>(
    `select entry_id as id, encode(hash, 'hex') as hash,
       deleted_id, encode(deleted_hash, 'hex') as deleted_hash,
       (select min(a.id) from audit_entry a where a.id <= deleted_id) as revived
     from audit_head`,
  )
  const [row] = rows
  if (!row) return { end: NOTHING, deleted: NOTHING, revived: null }
  const { id, hash, deletedId, deletedHash, revived } = row
  return { end: { id, hash }, deleted: { id: deletedId, hash: deletedHash }, revived }
}

interface EndsRow extends End {
  deletedId: string
  deletedHash: string
  revived: string | null
}

const NOTHING: End = { id: '0', hash: '' }

async function hasMore(db: Queryable, id: string): Promise<boolean> {
  return (await readLinks(db, id)).length > 0
}
