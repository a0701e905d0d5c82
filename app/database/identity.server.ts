import type { Queryable } from './pool.server.ts'

/**
 * Returns a name for what belongs to this database outside of it, such as keys in Redis. The databases of two
 * servers may have the same name, so each also gets a random id when it is first asked for one.
 */
export async function readIdentity(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ identity: string }>(
    `insert into setting (key, value) values ('database.id', to_jsonb(gen_random_uuid()))
     on conflict (key) do update set value = setting.value
     returning current_database() || '-' || (value #>> '{}') as identity`,
  )
  return rows[0]?.identity as string
}
