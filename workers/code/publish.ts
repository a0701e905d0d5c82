import { publishGeneration } from '#app/code/generations/publish.ts'
import { readIngest } from '#app/code/generations/read-ingest.ts'
import { countCodeWords } from '#app/code/search/count-words.ts'
import type { Pool } from '#app/database/pool.server.ts'
import type { Settlement } from '../handlers.ts'

/** Counts the words of the generation, then makes it the one that holds. */
export async function publish(pool: Pool, runId: string, signal: AbortSignal): Promise<Settlement> {
  const ingest = await readIngest(pool, runId)
  const { refId, generation } = ingest
  // Null if the commit was ingested before.
  if (generation !== null) await countCodeWords(pool, { refId, generation }, signal)
  return async (tx) => {
    if (generation !== null) await publishGeneration(tx, ingest)
    return [{ state: 'done' }]
  }
}
