import type { Queryable } from '#app/database/pool.server.ts'

/** Lists of pull requests that GitHub refuses to an installation, with its reason. */
export type WithheldLists = Record<string, string>

/**
 * Returns the lists that are left out of queries: those that GitHub refused within the last hour, commits while
 * the installation does not grant their permission, and changed files where they are switched off.
 */
export async function readWithheldLists(
  db: Queryable,
  installationId: string,
): Promise<WithheldLists> {
  const { rows } = await db.query<{ lists: WithheldLists }>(
    `select case when settings -> 'missing_permissions' ? 'contents'
         then jsonb_build_object('commits', 'the permission "contents" is missing') else '{}' end
       || case when settings -> 'changed_files' = 'false'
         then jsonb_build_object('files', 'switched off') else '{}' end
       || coalesce((select jsonb_object_agg(list, refusal ->> 'reason')
         from jsonb_each(settings -> 'withheld_lists') as refused (list, refusal)
         where (refusal ->> 'at')::timestamptz > now() - interval '1 hour'), '{}') as lists
     from installation where id = $1`,
    [installationId],
  )
  return rows[0]?.lists ?? {}
}

/** Records what GitHub refuses now; it is asked for again an hour later. */
export async function noteWithheldLists(
  db: Queryable,
  installationId: string,
  lists: WithheldLists,
): Promise<void> {
  if (Object.keys(lists).length === 0) return
  await db.query(
    `update installation set settings = jsonb_set(settings, '{withheld_lists}',
       coalesce(settings -> 'withheld_lists', '{}') || (
         select jsonb_object_agg(list, jsonb_build_object('reason', reason, 'at', now()))
         from jsonb_each_text($2::jsonb) as refused (list, reason)))
     where id = $1`,
    [installationId, JSON.stringify(lists)],
  )
}
