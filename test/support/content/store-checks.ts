import type { Pool } from '#app/database/pool.server.ts'
import { checksOf } from '#test/github/world/checks.ts'
import { pullsOf } from '#test/github/world/pulls.ts'
import type { World } from '#test/github/world/world.ts'

/** The list of checks of a stored pull request. */
interface LaidChecks {
  /** Node id of the pull request. */
  id: string
  headRefOid: string
  rollupState: string
  contexts: object[]
}

/** Returns the checks of the stand-in, of all heads that have any. */
export function checksIn(world: World): LaidChecks[] {
  const pulls = [...world.repositories.values()].flatMap(pullsOf)
  return pulls.flatMap(({ id, headRefOid, rollupState, commits }) => {
    const head = commits.at(-1)
    return head && rollupState ? [{ id, headRefOid, rollupState, contexts: checksOf(head) }] : []
  })
}

/** Stores lists of checks as if they had just been read. */
export async function storeChecks(pool: Pool, lists: LaidChecks[]): Promise<void> {
  await pool.query(
    `insert into check_list (node_id, repository_id, head_oid, rollup_state, total, contexts, read_at)
     select n.node_id, p.repository_id, n.head, n.state, jsonb_array_length(n.contexts), n.contexts, now()
     from unnest($1::text[], $2::text[], $3::text[], $4::jsonb[]) n (node_id, head, state, contexts)
       join pull_request p on p.node_id = n.node_id
     on conflict (node_id) do update set head_oid = excluded.head_oid, rollup_state = excluded.rollup_state,
       total = excluded.total, contexts = excluded.contexts, read_at = excluded.read_at`,
    [
      lists.map((one) => one.id),
      lists.map((one) => one.headRefOid),
      lists.map((one) => one.rollupState),
      lists.map((one) => JSON.stringify(one.contexts)),
    ],
  )
}
