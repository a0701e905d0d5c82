import { createHash } from 'node:crypto'
import type { Queryable } from '#app/database/pool.server.ts'

const PAGE = 1_000

export interface Verification {
  entries: number
  /** The hash of the last entry, in hexadecimal: whoever keeps it elsewhere can tell a log that was replaced. */
  head: string
  /** The first entry that is not as it was recorded; null if all are. */
  broken: { id: string; message: string } | null
}

interface Link {
  id: string
  previousHash: string
  hash: string
  content: string
}

/** Computes the hashes of all entries again. Entries may be added meanwhile. */
export async function verifyChain(db: Queryable): Promise<Verification> {
  let last = { id: '0', hash: '' }
  for (let entries = 0; ; ) {
    const links = await readLinks(db, last.id)
    for (const link of links) {
      const message = faultOf(link, last)
      if (message) return { entries, head: last.hash, broken: { id: link.id, message } }
      entries++
      last = link
    }
    if (links.length > 0) continue
    // Read after the entries: those that were added in between are read by the next turn.
    const end = await readHead(db)
    if (end.id === last.id && end.hash === last.hash)
      return { entries, head: last.hash, broken: null }
    if (await hasMore(db, last.id)) continue
    return { entries, head: last.hash, broken: endFault(last.id, end.id) }
  }
}

function faultOf(link: Link, last: { id: string; hash: string }): string | null {
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

async function readHead(db: Queryable): Promise<{ id: string; hash: string }> {
  const { rows } = await db.query<{ id: string; hash: string }>(
    `select entry_id as id, encode(hash, 'hex') as hash from audit_head`,
  )
  return rows[0] ?? { id: '0', hash: '' }
}

async function hasMore(db: Queryable, id: string): Promise<boolean> {
  return (await readLinks(db, id)).length > 0
}
