import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

const MAKERS = ['test/services/folder-template.ts', 'app/database/reader-role.server.ts']

/** Depends on the migrations, the way templates are made, and the versions of the database and the queue. */
function fingerprint(): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(join(root, 'prisma/migrations')).sort())
    hash.update(readFileSync(join(root, 'prisma/migrations', name, 'migration.sql')))
  for (const file of MAKERS) hash.update(readFileSync(join(root, file)))
  for (const dependency of ['@electric-sql/pglite', 'bullmq'])
    hash.update(readFileSync(join(root, 'node_modules', dependency, 'package.json')))
  return hash.digest('hex').slice(0, 16)
}

/** Returns the name of the migrated template database on a server. */
export function templateName(): string {
  return `whence_template_${fingerprint()}`
}

/** Returns the path of the dumped template of a migrated PGlite. */
export function templatePath(): string {
  return join(root, 'node_modules', '.cache', 'whence', `pglite-${fingerprint()}.tar`)
}
