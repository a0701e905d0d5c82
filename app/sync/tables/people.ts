import { hash } from 'node:crypto'
import type { RowOf } from '#app/database/columns.ts'
import { defineTable } from '#app/database/define-table.ts'
import type { Actor } from '#app/github/queries/people.ts'

/**
 * GitHub users. Only new or renamed users are written: a few people author most of the content, and batches
 * would wait for each other's row locks otherwise.
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

/** Returns rows for the people that a record names; null stands for a deleted account and yields no row. */
export function usersOf(actors: (Actor | null | undefined)[], readAt: string): UserRow[] {
  return actors.flatMap((actor) => (actor ? [userOf(actor, readAt)] : []))
}

/** Agents that commit under a login without brackets, which GitHub reports as a user. */
const AGENTS = new Set(['copilot'])

/**
 * Where the schema allows only users, as in commits, GitHub reports a bot as a user. The brackets in the
 * login tell them apart, because no user's login contains any, and so does the node id.
 */
function userOf({ id, login, __typename }: Actor, readAt: string): UserRow {
  if (login.endsWith(BOT)) return { nodeId: id, login, kind: 'Bot', readAt }
  if (__typename === 'Bot') return { nodeId: id, login: login + BOT, kind: 'Bot', readAt }
  const isBot = id.startsWith('BOT_') || AGENTS.has(login.toLowerCase())
  return { nodeId: id, login, kind: isBot ? 'Bot' : __typename, readAt }
}

/** Hashes an e-mail address: enough to tell two addresses apart, not enough to write to one. */
export function hashEmail(address: string): string {
  return hash('sha256', address.trim().toLowerCase(), 'hex')
}
