import type { Pool } from '#app/database/pool.server.ts'
import { openTestServices } from '../services/setup.ts'
import { compareColumns, compareParameters } from './compare.ts'
import { openDescriber } from './describe.ts'
import type { Statement, Text } from './statements.ts'

/** Checks statements against a migrated database of its own. */
export interface Checker extends AsyncDisposable {
  pool: Pool
  /** @returns a sentence for each problem. */
  check(text: Text): Promise<string[]>
}

export async function openChecker(): Promise<Checker> {
  const { services, close } = await openTestServices()
  const { pool } = services.database
  const { describe, release } = await openDescriber(pool)
  async function check({ sql, row, values }: Text): Promise<string[]> {
    if (values === null) return ['its values cannot be counted: write them as a list, or bind them']
    try {
      const described = await describe(sql)
      return [...compareParameters(described, values), ...compareColumns(described, row)]
    } catch (error) {
      return [`the database refuses it: ${(error as Error).message}`]
    }
  }
  async function dispose(): Promise<void> {
    release()
    await close()
  }
  return { pool, check, [Symbol.asyncDispose]: dispose }
}

const SHOWN = 400

/** Returns a problem with the location and the text of its statement. */
export function reportOf({ path, line, name }: Statement, sql: string, problem: string): string {
  const text = sql.replace(/\s+/g, ' ').trim()
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)} …` : text
  return `${path}:${line} (${name}): ${problem}\n  ${shown}`
}
