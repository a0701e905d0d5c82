import type { Queryable } from '#app/database/pool.server.ts'
import type { FileRules } from '../chunks/shapes.ts'
import type { Ingest } from './read-ingest.ts'

/** To be raised when the same file would get other chunks or words. */
const VERSION = 'v1'

/**
 * Returns what the chunks of a file depend on beside its text and path: the version of the code that divides,
 * and its git attributes.
 */
export function recipeOf(attributes: FileRules): string {
  return `${VERSION} ${JSON.stringify(attributes)}`
}

/** The git attributes of a recipe. */
export function attributesOf(recipe: string): FileRules {
  return JSON.parse(recipe.slice(recipe.indexOf(' ') + 1))
}

/** Returns true if the generation that holds is of this commit, and was divided by this version. */
export async function isUpToDate(
  db: Queryable,
  { refId, currentOid }: Ingest,
  oid: string,
): Promise<boolean> {
  if (currentOid !== oid) return false
  const { rows } = await db.query(
    `select from code_file where ref_id = $1 and until is null and not starts_with(recipe, $2)
     limit 1`,
    [refId, `${VERSION} `],
  )
  return rows.length === 0
}
