/**
 * Measures an ingest of a repository, and another after 1 % of its files have changed, on the profile of the
 * environment, with workers in this process. The second is compared with a full ingest of the same commit.
 *
 *   npm run bench:ingest -- REPOSITORY    a folder with a git repository
 */
import { argv } from 'node:process'
import type { Pool } from '#app/database/pool.server.ts'
import { setup } from '#test/services/global-setup.ts'
import { testProfile } from '#test/services/setup.ts'
import { openCodeWhence } from '#test/support/code/open-code.ts'
import { serveRepository } from './serve-repository.ts'

const NAME = 'bench/repository'
const LONGEST_MS = 3_600_000

const [from] = argv.slice(2)
if (!from) throw new Error('Name the folder of a git repository')
await setup()
const github = await serveRepository(NAME, from)
const whence = await openCodeWhence(github, {}, LONGEST_MS)
const memory = watchMemory()
const full = await ingest('first')
github.change()
const changed = await ingest('first')
// Otherwise what is measured against would be copied from what is measured.
await whence.pool.query(`update code_file set recipe = 'measured ' || recipe`)
const again = await ingest('again')
console.log(`profile: ${testProfile()}, ${full.files} files, ${full.chunks} chunks`)
console.log(`full                    ${full.seconds.toFixed(1)} s, ${full.tokens} tokens`)
console.log(`after 1 % of the files  ${changed.seconds.toFixed(1)} s, ${changed.tokens} tokens`)
console.log(
  `ratio of time           ${(changed.seconds / again.seconds).toFixed(3)} (must ≤ 0.05, aim ≤ 0.02)`,
)
console.log(
  `ratio of tokens         ${(changed.tokens / again.tokens).toFixed(4)} (must ≤ 0.02, aim ≤ 0.015)`,
)
console.log(
  `equal to a full ingest  ${(await digest(whence.pool, 'first')) === (await digest(whence.pool, 'again'))}`,
)
console.log(`memory at the most      ${memory()} MB`)
await whence.close()
await github.stop()
process.exit()

async function ingest(dataset: string) {
  const began = performance.now()
  const job = await whence.ingest(NAME, { dataset })
  const seconds = (performance.now() - began) / 1_000
  if (job.overall !== 'finished' || !job.ingest)
    throw new Error(`It ended as ${job.overall}: ${job.error}`)
  const { files, chunks, tokens } = job.ingest.statistics
  return { seconds, files: files ?? 0, chunks: chunks ?? 0, tokens: tokens ?? 0 }
}

/** Returns a digest of everything that search sees of a dataset. */
async function digest(pool: Pool, dataset: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ digest: string }>(
    `select md5(string_agg(concat_ws(' ', f.path, f.language, c.part, c.start_line, c.end_line, c.symbol,
       md5(c.text), encode(c.content_hash, 'hex'), md5(c.words::text), (select count(*) from code_embedding e
         where e.chunk_id = c.id)), ',' order by f.path collate "C", c.part)) as digest
     from code_ref r join dataset d on d.id = r.dataset_id join code_file f on f.ref_id = r.id
       and f.since <= r.generation and (f.until is null or f.until > r.generation)
       join code_chunk c on c.file_id = f.id
     where d.name = $1`,
    [dataset],
  )
  return rows[0]?.digest
}

/** Returns a function that tells the most memory of this process so far, in MB. */
function watchMemory(): () => number {
  let most = 0
  setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 200).unref()
  return () => Math.round(most / 1_000_000)
}
