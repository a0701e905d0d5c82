interface Stored<T> {
  etag: string
  body: T
  link: string | null
}

/**
 * Returns the stored answer to an earlier REST read: an unchanged answer (304) does not count against the
 * limit.
 */
export async function readEtag<T>(
  pool: Pool,
  installationId: string,
  url: string,
): Promise<Stored<T> | null> {
  const { rows } = await pool.query<Stored<T>>(
    'select etag, body, link from github_etag where installation_id = $1 and path = $2',
    [installationId, url],
  )
  return rows[0] ?? null
}

/** Stores an answer, and deletes answers of this installation that were not requested for a month. */
export async function noteEtag(
  pool: Pool,
  installationId: string,
  { url, etag, link, body }: Stored<unknown> & { url: string },
): Promise<void> {
  await pool.query(
    `with old as (
       delete from github_etag
       where installation_id = $1 and path <> $2 and stored_at < now() - interval '30 days')
     insert into github_etag (installation_id, path, etag, link, body) values ($1, $2, $3, $4, $5)
     on conflict (installation_id, path) do update
     set etag = excluded.etag, link = excluded.link, body = excluded.body, stored_at = now()`,
    [installationId, url, etag, link, JSON.stringify(body)],
  )
}

import type { Pool } from '#app/database/pool.server.ts'
