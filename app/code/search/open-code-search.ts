/** Searches code by words and, where vectors are known to help, by meaning. */
import type { ScopedReader } from '#app/auth/readers.server.ts'
import type { Config } from '#app/config/env.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { mayAskOutside } from '#app/embeddings/consent.ts'
import { EXACT_VALUES } from '#app/embeddings/index-space.ts'
import { outsideHost } from '#app/embeddings/providers/resolve-provider.ts'
import { activeSpace, type Space } from '#app/embeddings/spaces.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { floorOf, weightIn } from '#app/search/fusion/calibrate.ts'
import { openQueryVectors } from '#app/search/vector/query-vector.ts'
import { type ReadableRefId, readCodeRefs } from './code-refs.ts'
import { type CodeHit, type CodeQuery, findCode } from './find-code.ts'
import type { Meaning } from './near-chunks.ts'
import { parseCodeQuery } from './parse-code-query.ts'
import { urlOf } from './url-of.ts'

/** @throws SlowQueryError */
export type CodeSearch = (reader: ScopedReader, query: CodeQuery) => Promise<LinkedCodeHit[]>

export interface LinkedCodeHit extends CodeHit {
  /** On GitHub, at the commit that was indexed. */
  url: string
}

/** Compared in one statement on the embedded profile, while all others wait: about 50 ms. */
const EMBEDDED_VALUES = 1_000_000

/**
 * Opens the search of one process. Vectors count as much as was measured on conversations; not at all with the
 * built-in provider or before that. A provider that fails leaves the words.
 *
 * @throws OperatorError if the embedding provider's configuration is incomplete.
 */
export function openCodeSearch(config: Config): CodeSearch {
  const outside = outsideHost(config)
  const queryVector = openQueryVectors(config)

  async function meaningOf(reader: ScopedReader, query: CodeQuery): Promise<Meaning | null> {
    const { text, repo, ref } = parseCodeQuery(query.text)
    const space = await reader.run(async (db) => {
      const active = await activeSpace(db)
      if (!active || weightIn(active, text) === 0) return null
      if (outside === null) return active
      const refs = await readCodeRefs(db, reader.scope, { ...query, repo, ref })
      return (await mayAsk(db, refs)) ? active : null
    })
    return space && askFor(space, text, reader)
  }

  async function askFor(
    active: Space,
    text: string,
    reader: ScopedReader,
  ): Promise<Meaning | null> {
    const { vector, space } = await queryVector(active, text)
    if (!vector || !space) return null
    return {
      ...{ space, vector, weight: weightIn(space, text), floor: floorOf(space) },
      values: reader.profile === 'embedded' ? EMBEDDED_VALUES : EXACT_VALUES,
    }
  }

  return async (reader, query) => {
    const meaning = await meaningOf(reader, query)
    const hits = await reader.run((db) => findCode(db, reader.scope, query, meaning))
    const { webUrl } = await reader.run((db) => readConnection(db, config))
    return hits.map((hit) => ({ ...hit, url: urlOf(webUrl, hit, hit.oid) }))
  }
}

/** Returns true if the query may be sent out: one of the installations consents. */
async function mayAsk(db: Queryable, refs: ReadableRefId[]): Promise<boolean> {
  const { rows } = await db.query<{ id: string }>(
    `select distinct repository_id as id from code_ref
     where id = any($1::bigint[]) and repository_id is not null`,
    [refs],
  )
  return mayAskOutside(
    db,
    rows.map(({ id }) => id),
  )
}
