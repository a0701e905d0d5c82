import type { Queryable } from '#app/database/pool.server.ts'
import type { UnseenOrganisation } from './saml.ts'
import { readKnown, readPerson } from './stored-access.ts'

export interface DescribedAccess {
  login: string
  /** Repositories of the copy that the person reads. */
  repositories: number
  /** Accounts that the person operates. */
  operates: string[]
  /** ISO 8601; null if GitHub has to be asked. */
  askedAt: string | null
  /** Organisations with an installation that GitHub left out. */
  unseen: UnseenOrganisation[]
}

/** Describes to a person what they see. @returns null if there is no such person. */
export async function describeAccess(
  db: Queryable,
  personId: string,
): Promise<DescribedAccess | null> {
  const person = await readPerson(db, personId)
  if (!person) return null
  const { access } = await readKnown(db, personId)
  const { rows } = await db.query<{ id: string; account: string }>(
    `select id, account from installation where kind = 'app' order by lower(account)`,
  )
  const accounts = new Set(rows.map(({ account }) => account.toLowerCase()))
  const { login, repositories, operates, age } = person
  return {
    ...{ login, repositories: repositories.length },
    operates: rows.filter(({ id }) => operates.includes(id)).map(({ account }) => account),
    askedAt: age === null ? null : new Date(Date.now() - age * 1000).toISOString(),
    unseen: access.unseen.filter((one) => accounts.has(one.login.toLowerCase())),
  }
}
