/** Keeps the heads of pull requests, and the patch ids of what no merge brought in. */
import type { Queryable } from '#app/database/pool.server.ts'
import { notErasing } from '#app/database/predicates.ts'
import type { PullHead } from '../git/read-history.ts'

/** Returns those heads that are not noted as they are. */
export async function newHeads(
  db: Queryable,
  repositoryId: string,
  heads: PullHead[],
): Promise<PullHead[]> {
  const { rows } = await db.query<PullHead>(
    `select n.number, n.oid from unnest($2::int[], $3::text[]) n (number, oid)
     where not exists (select from pull_request_ref p
       where p.repository_id = $1 and p.number = n.number and p.oid = n.oid)
     order by n.number`,
    [repositoryId, heads.map(({ number }) => number), heads.map(({ oid }) => oid)],
  )
  return rows
}

export interface PullPatch {
  number: number
  oid: string
  /** True for the change from the merge base to the head, false for that of one commit. */
  isWhole: boolean
  /** Hexadecimal. */
  patchId: string
}

/** Replaces the heads of pull requests, and their patches. @returns false if the repository is being erased. */
export async function storeHeads(
  tx: Queryable,
  repositoryId: string,
  { heads, patches }: { heads: PullHead[]; patches: PullPatch[] },
): Promise<boolean> {
  const held = await tx.query(
    `select from repository r where r.id = $1 and ${notErasing('r')} for key share`,
    [repositoryId],
  )
  if (held.rowCount === 0) return false
  const numbers = heads.map(({ number }) => number)
  await tx.query(
    'delete from pull_request_patch where repository_id = $1 and number = any($2::int[])',
    [repositoryId, numbers],
  )
  await tx.query(
    `insert into pull_request_patch (repository_id, number, oid, is_whole, patch_id)
     select $1, p.number, p.oid, p.is_whole, decode(p.patch_id, 'hex')
     from unnest($2::int[], $3::text[], $4::bool[], $5::text[]) p (number, oid, is_whole, patch_id)
     on conflict (repository_id, number, oid, is_whole) do nothing`,
    [
      repositoryId,
      patches.map(({ number }) => number),
      patches.map(({ oid }) => oid),
      patches.map(({ isWhole }) => isWhole),
      patches.map(({ patchId }) => patchId),
    ],
  )
  await tx.query(
    `insert into pull_request_ref (repository_id, number, oid)
     select $1, h.number, h.oid from unnest($2::int[], $3::text[]) h (number, oid)
     on conflict (repository_id, number) do update set oid = excluded.oid`,
    [repositoryId, numbers, heads.map(({ oid }) => oid)],
  )
  return true
}
