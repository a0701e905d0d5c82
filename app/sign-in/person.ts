import type { Actor } from '#app/audit/record-entry.ts'
import type { Queryable } from '#app/database/pool.server.ts'

export interface Person {
  /** The host of GitHub's pages: the same number is another person elsewhere. */
  host: string
  /** Decides who it is: a login can change hands. */
  githubId: string
  login: string
}

/** Names a person in the audit log. */
export function actorOf({ login, githubId }: Pick<Person, 'login' | 'githubId'>): Actor {
  return `person ${login} (${githubId})`
}

/** Stores a person who signs in, with the login of today. @returns their id. */
export async function savePerson(
  tx: Queryable,
  { host, githubId, login }: Person,
  wasOperator: boolean,
): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into person (host, github_id, login, was_operator) values ($1, $2, $3, $4)
     on conflict (host, github_id) do update
     set login = excluded.login, signed_in_at = now(),
       was_operator = person.was_operator or excluded.was_operator
     returning id`,
    [host, githubId, login, wasOperator],
  )
  return rows[0]?.id as string
}
