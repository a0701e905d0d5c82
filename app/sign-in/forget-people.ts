import type { Queryable } from '#app/database/pool.server.ts'

/** A person, of column `t.person_id`, whose own tokens may still be used: they need GitHub's answers. */
const HAS_TOKENS = `exists (select from api_token a
  where a.person_id = t.person_id and a.revoked_at is null and a.expires_at > now())`

/**
 * Deletes GitHub's tokens, and what is known of the access, of people of whom there is no session any more, and
 * no token.
 */
export async function forgetAbsentPeople(db: Queryable): Promise<void> {
  for (const table of ['user_token', 'person_installation', 'person_access'] as const)
    await db.query(
      `delete from ${table} t where not ${HAS_TOKENS}
         and not exists (select from session s where s.person_id = t.person_id)`,
    )
}

/** Deletes GitHub's token of a person who has signed out everywhere, and has no token that needs it. */
export async function forgetUserToken(tx: Queryable, personId: string): Promise<void> {
  await tx.query(`delete from user_token t where t.person_id = $1 and not ${HAS_TOKENS}`, [
    personId,
  ])
}

/** Forgets a person, whose sessions end. @param login as GitHub said it last; case does not matter. */
export async function forgetPerson(tx: Queryable, login: string): Promise<void> {
  await tx.query('delete from person where lower(login) = lower($1)', [login])
}
