// Runs PGlite, in a thread that start-pglite.server.ts starts. Plain JavaScript, because the loader for
// TypeScript of the process does not reach into its threads.
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import { vector } from '@electric-sql/pglite-pgvector'

const { dataDir, template } = workerData
let pglite

const TASKS = {
  async open() {
    const loadDataDir = template && new Blob([template])
    pglite = await PGlite.create({ dataDir, loadDataDir, extensions: { pg_trgm, vector } })
    await pglite.exec('set search_path = public, bullmq')
  },
  // The answer may be a view of a larger buffer, which would be copied whole.
  request: async (message) => new Uint8Array(await pglite.execProtocolRaw(message)),
  dump: async () => new Uint8Array(await (await pglite.dumpDataDir('none')).arrayBuffer()),
  close: () => pglite.close(),
}

parentPort.on('message', async ({ id, task, message }) => {
  try {
    const answer = await TASKS[task](message)
    parentPort.postMessage({ id, answer }, answer ? [answer.buffer] : [])
  } catch (error) {
    parentPort.postMessage({ id, error, code: error?.code })
  }
})
