import { EMBEDDED, type EmbeddedRow, readEmbedded } from '#app/code/generations/read-embedded.ts'
import { consents } from '#app/embeddings/consent.ts'
import { type LoadWork, MOST, type WorkRow, workOf } from '../embedding/load-work.ts'

type ChunkRow = WorkRow & EmbeddedRow

/** Loads the chunks of the files of each item that have no vector yet. */
export const loadChunks: LoadWork<'github_code/embedding'> = async (
  pool,
  items,
  { space, provider },
) => {
  const files = items.map(({ payload }) => (payload.kind === 'chunks' ? payload.fileIds : []))
  const owners = items.map((_, index) => String(index))
  const { rows } = await pool.query<ChunkRow>(
    `select file.owner, r.full_name || ': ' || f.path as subject, ${EMBEDDED}
     from unnest($1::bigint[], $2::text[]) with ordinality file (id, owner, place)
       join code_file f on f.id = file.id join code_ref r on r.id = f.ref_id
       join installation i on i.id = r.installation_id
       join code_chunk c on c.file_id = f.id
       left join code_embedding e on e.space_id = $3 and e.chunk_id = c.id
     where e.chunk_id is null and (not $4::boolean or coalesce(${consents('i')}, false))
     order by file.place, c.part limit $5`,
    [
      files.flat(),
      files.flatMap((ids, index) => ids.map(() => String(index))),
      space.id,
      provider.outside !== null,
      MOST,
    ],
  )
  return workOf(owners, rows.map(readEmbedded))
}
