import { readConfig } from '#app/config/env.server.ts'
import { createLogger } from '#app/config/logger.server.ts'
import { openDatabase } from '#app/database/database.server.ts'
import { openQueues } from '#app/queues/queues.server.ts'

// A consumer that reports when it is ready and when it has taken a queue job, which it never finishes.
const { profile } = readConfig()
const logger = createLogger('silent')
const queues = await openQueues(await openDatabase(profile, logger), profile, logger)
queues.consume('transform', 1, (id) => {
  process.send?.(id)
  return new Promise(() => {})
})
process.send?.('ready')
