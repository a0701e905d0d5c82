import type { Queryable } from '#app/database/pool.server.ts'
import { isCurrentFile } from '#app/database/predicates.ts'
import type { FileRules } from '../chunks/shapes.ts'
import type { Ingest } from './read-ingest.ts'

/** To be raised when the same file would get other chunks or words. */
const VERSION = 'v1'

/** How files are cut into chunks, and how much of the chunk before is embedded with each. */
export interface Cut {
  /** Most characters of a chunk that are not white space. */
  size: number
  /** Characters. */
  overlap: number
}

/**
 * Returns what the chunks of a file depend on beside its text and path: the version of the code that divides,
 * how it cuts, and the git attributes of the file.
 */
export function recipeOf(cut: Cut, attributes: FileRules): string {
  return `${beginningOf(cut)}${JSON.stringify(attributes)}`
}

/** Returns how the recipes of all files begin that are cut in this way. */
export function beginningOf({ size, overlap }: Cut): string {
  return `${VERSION} ${size}+${overlap} `
}

/** The git attributes of a recipe. */
export function attributesOf(recipe: string): FileRules {
  return JSON.parse(recipe.slice(recipe.indexOf('{')))
}

/** How a recipe cuts, which may not be how files are cut now. */
export function cutOf(recipe: string): Cut {
  const [, size, overlap] = /^\S+ (\d+)\+(\d+) /.exec(recipe) ?? []
  return { size: Number(size ?? 0), overlap: Number(overlap ?? 0) }
}

/** Returns true if the generation that holds is of this commit, and was divided in this way. */
export async function isUpToDate(
  db: Queryable,
  { refId, currentOid, cut }: Pick<Ingest, 'refId' | 'currentOid'> & { cut: Cut },
  oid: string,
): Promise<boolean> {
  if (currentOid !== oid) return false
  const { rows } = await db.query(
    `select from code_ref r join code_file f on f.ref_id = r.id and ${isCurrentFile('f', 'r')}
     where r.id = $1 and not starts_with(f.recipe, $2) limit 1`,
    [refId, beginningOf(cut)],
  )
  return rows.length === 0
}
