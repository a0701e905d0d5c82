import type { Queryable } from '#app/database/pool.server.ts'

const BATCH = 500

/**
 * Deletes, in batches, the entries of the audit log that are older than `age` milliseconds. They are the
 * beginning of the chain, whose end the first entry that is kept follows, so that the rest can be verified. An
 * abort of `signal` takes effect between two batches.
 *
 * @returns how many were deleted.
 */
export async function deleteOldEntries(
  db: Queryable,
  age: number,
  signal?: AbortSignal,
): Promise<number> {
  for (let deleted = 0; ; ) {
    signal?.throwIfAborted()
    const { rows } = await db.query<{ count: number }>(
      `select delete_old_audit_entries(now() - $1::float8 * interval '1 millisecond', $2) as count`,
      [age, BATCH],
    )
    const count = rows[0]?.count ?? 0
    deleted += count
    if (count < BATCH) return deleted
  }
}

/** Returns how many entries are older than `age` milliseconds. */
export async function countOldEntries(db: Queryable, age: number): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::int4 as count from audit_entry
     where at < now() - $1::float8 * interval '1 millisecond'`,
    [age],
  )
  return rows[0]?.count ?? 0
}
