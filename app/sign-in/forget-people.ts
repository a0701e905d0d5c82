import type { Queryable } from '#app/database/pool.server.ts'

/** Deletes the tokens, and what is known of the access, of people of whom there is no session any more. */
export async function forgetAbsentPeople(db: Queryable): Promise<void> {
  for (const table of ['user_token', 'person_installation', 'person_access'] as const)
    await db.query(
      `delete from ${table} t where not exists (select from session s where s.person_id = t.person_id)`,
    )
}

/** Forgets a person, whose sessions end. @param login as GitHub said it last; case does not matter. */
export async function forgetPerson(tx: Queryable, login: string): Promise<void> {
  await tx.query('delete from person where lower(login) = lower($1)', [login])
}
