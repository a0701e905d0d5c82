import type { Queryable } from '#app/database/pool.server.ts'

/** Counts, for each pull request, the passages without a vector of their current text, and their tokens. */
export async function readUnembedded(
  tx: Queryable,
  pullRequestIds: string[],
): Promise<Map<string, { inputs: number; tokens: number }>> {
  const { rows } = await tx.query<{ id: string; inputs: number; tokens: number }>(
    `select p.pull_request_id as id, count(*)::int as inputs, sum(p.tokens)::int as tokens
     from passage p
     where p.pull_request_id = any($1::bigint[]) and not exists (select from embedding e
       where e.passage_id = p.id and e.content_hash = p.content_hash)
     group by 1`,
    [pullRequestIds],
  )
  return new Map(rows.map(({ id, ...size }) => [id, size]))
}
