import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createLogger } from '#app/config/logger.server.ts'
import { openPglite } from '#app/database/database.server.ts'
import { migrateAll } from '#server/services/services.ts'
import { templatePath } from './template.ts'

const logger = createLogger('error')

/** Creates the template of an embedded database, unless it already exists. */
export async function makeFolderTemplate(): Promise<void> {
  const path = templatePath()
  if (existsSync(path)) return
  const database = await openPglite({}, logger)
  await migrateAll(database, logger)
  // PGlite clears all shared buffers at every start; at its default of 128 MB, that takes longer than
  // everything else.
  await database.pool.query(`alter system set shared_buffers = '32MB'`)
  const dump = (await database.backend?.dump()) as Uint8Array
  await database.close()
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.draft`, dump)
  await rename(`${path}.draft`, path)
}
