import { publishGeneration } from '#app/code/generations/publish.ts'
import { readIngest } from '#app/code/generations/read-ingest.ts'
import { countCodeWords } from '#app/code/search/count-words.ts'
import type { Pool } from '#app/database/pool.server.ts'
import type { Settlement } from '../handlers.ts'
import { MAP } from './map-commits.ts'

/** Counts the words of the generation, then makes it the one that holds. */
export async function publish(pool: Pool, runId: string, signal: AbortSignal): Promise<Settlement> {
  const ingest = await readIngest(pool, runId)
  const { refId, generation, repositoryId } = ingest
  const followUps = repositoryId === null ? [] : [MAP]
  // The commit was ingested before.
  if (generation === null) return async () => [{ state: 'done', followUps }]
  const takeCount = await countCodeWords(pool, { refId, generation }, signal)
  return async (tx) => {
    await publishGeneration(tx, ingest)
    await takeCount(tx)
    return [{ state: 'done', followUps }]
  }
}
