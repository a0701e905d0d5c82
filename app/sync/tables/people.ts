import { hash } from 'node:crypto'
import type { RowOf } from '#app/database/columns.ts'
import { defineTable } from '#app/database/define-table.ts'
import type { Actor } from '#app/github/queries/people.ts'

/**
 * People who are new or are called otherwise by now are written, and nobody else: the same few write
 * everything, and batches would wait for each other over them.
 */
export const users = defineTable({
  name: 'github_user',
  key: ['nodeId'],
  columns: {
    nodeId: 'text',
    login: 'text',
    kind: 'text',
    readAt: 'timestamptz',
  },
  upsert: {
    skips: {
      with: 'known as materialized (select * from github_user where node_id = any($1::text[]))',
      where: `exists (select from known u
  where u.node_id = n.node_id and u.login = n.login and u.kind = n.kind)`,
    },
  },
})

export type UserRow = RowOf<typeof users.columns>

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
