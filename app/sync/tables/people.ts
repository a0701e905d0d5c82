import { hash } from 'node:crypto'
import { columnsOf, latestOf, type Stamped } from '#app/database/columns.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Actor } from '#app/github/queries/people.ts'

export interface UserRow extends Stamped {
  nodeId: string
  login: string
  kind: string
}

const BOT = '[bot]'

/** The people that a record names; null stands for a deleted account and names nobody. */
export function usersOf(actors: (Actor | null | undefined)[], readAt: string): UserRow[] {
  return actors.flatMap((actor) => (actor ? [userOf(actor, readAt)] : []))
}

/** Where only users can stand, as in commits, GitHub calls a bot a user; no user's login has brackets. */
function userOf({ id, login, __typename }: Actor, readAt: string): UserRow {
  if (login.endsWith(BOT)) return { nodeId: id, login, kind: 'Bot', readAt }
  const isBot = __typename === 'Bot'
  return { nodeId: id, login: isBot ? login + BOT : login, kind: __typename, readAt }
}

/** What is kept of an e-mail address: enough to tell two apart, not enough to write to one. */
export function hashEmail(address: string): string {
  return hash('sha256', address.trim().toLowerCase(), 'hex')
}

/**
 * Writes people that are new or are called otherwise by now. A row that is as it should be is not
 * touched: the same few write everything, and batches would wait for each other over them.
 */
export async function writeUsers(tx: Queryable, users: UserRow[]): Promise<void> {
  const rows = latestOf(users, (user) => user.nodeId)
  if (rows.length === 0) return
  await tx.query(
    `with known as materialized (select * from github_user where node_id = any($1::text[]))
     insert into github_user (node_id, login, kind, read_at)
     select n.* from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
       as n (node_id, login, kind, read_at)
     where not exists (select from known u
       where u.node_id = n.node_id and u.login = n.login and u.kind = n.kind)
     order by node_id
     on conflict (node_id) do update set login = excluded.login, kind = excluded.kind,
       read_at = excluded.read_at
     where github_user.read_at <= excluded.read_at`,
    columnsOf(rows, { nodeId: 'text', login: 'text', kind: 'text', readAt: 'timestamptz' }),
  )
}
