/**
 * Checks every statement of the product against the migrated database: that it can be prepared, and that its
 * parameters, columns and nulls are those of its types in TypeScript. Statements that only a running program can
 * compose are run for a list of cases, and their texts are snapshots in `test/sql`.
 */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CASES } from '../../sql/cases.ts'
import { type Checker, openChecker, reportOf } from '../../sql/check.ts'
import { kindOfValue } from '../../sql/describe.ts'
import { EXAMPLES, PROBLEMS } from '../../sql/examples.ts'
import { openProduct, type Product } from '../../sql/program.ts'
import { type Recorded, recording } from '../../sql/record.ts'
import {
  collectEscapes,
  collectStatements,
  type Statement,
  type Text,
} from '../../sql/statements.ts'

/** Composed statements without a snapshot, and why. */
const WITHOUT_SNAPSHOT: Record<string, string> = {
  'app/database/bounded-pool.server.ts boundedPool': 'hands on what others ask it for',
  'app/database/migrations.server.ts run': 'runs the migrations, from which every test starts',
  'app/database/reader.server.ts queryOf': 'hands on what others ask it for',
  'app/database/reader-role.server.ts attempt':
    'changes roles and rights, which cannot be prepared',
  'app/database/reader-role.server.ts openTables': 'changes rights, which cannot be prepared',
  'app/database/transaction.server.ts handleOf': 'hands on what others ask it for',
  'app/embeddings/index-space.ts build': 'holds names and options, which cannot be bound',
  'app/embeddings/index-space.ts dropIndex': 'holds a name, which cannot be bound',
  'app/embeddings/index-space.ts giveMemory': 'holds a setting, which cannot be bound',
  'app/embeddings/index-space.ts indexSpace': 'holds a name, which cannot be bound',
}
/** Statements whose texts are known, but worth reading as they are rendered. */
const SHOWN = ['app/search/present/facets.ts readFacets']

const SNAPSHOTS = fileURLToPath(new URL('../../sql', import.meta.url))
const EXAMPLE = 'app/examples-of-statements.ts'

let product: Product
let statements: Statement[]
let examples: Statement[]
let checker: Checker

beforeAll(async () => {
  checker = await openChecker()
  product = await openProduct({ [EXAMPLE]: EXAMPLES })
  const all = collectStatements(product)
  statements = all.filter(({ path }) => path !== EXAMPLE)
  examples = all.filter(({ path }) => path === EXAMPLE)
}, 300_000)

afterAll(() => checker?.[Symbol.asyncDispose]())

/** Adds each problem once, however many texts of the statement have it. */
async function checkText(
  statement: Statement,
  text: Text,
  reports: Map<string, string>,
): Promise<void> {
  for (const problem of await checker.check(text)) {
    const key = `${statement.path}:${statement.line} ${problem}`
    if (!reports.has(key)) reports.set(key, reportOf(statement, text.sql, problem))
  }
}

describe('every statement', () => {
  test('has the parameters and columns that its types say', async () => {
    expect(statements.length).toBeGreaterThan(200)
    const reports = new Map<string, string>()
    for (const statement of statements)
      for (const text of statement.texts ?? []) await checkText(statement, text, reports)
    expectNone([...reports.values()])
  })

  test('runs through a handle of app/database', () => {
    const places = collectEscapes(product).filter((place) => !place.startsWith('app/database/'))
    expectNone(
      places.map((place) => `${place}: call query of a Queryable itself: no check sees this`),
    )
  })
})

describe('a composed statement', () => {
  /** The texts that the cases rendered, by statement, with the names of these cases. */
  const rendered = new Map<Statement, Map<string, Set<string>>>()
  const reports = new Map<string, string>()

  beforeAll(async () => {
    for (const { name, run } of CASES) {
      const db = recording(checker.pool)
      await run(db)
      for (const one of db.recorded) await note(name, one)
    }
  })

  async function note(name: string, { at, sql, values }: Recorded): Promise<void> {
    const statement = statements.find(({ path, line }) => `${path}:${line}` === at)
    if (!statement)
      throw new Error(`${name} ran a statement at ${at}, and none was collected there`)
    if (statement.texts) return
    const kinds = values.map((value) => [kindOfValue(value)])
    await checkText(statement, { sql, row: statement.row, values: kinds }, reports)
    const texts = rendered.get(statement) ?? new Map<string, Set<string>>()
    rendered.set(statement, texts.set(sql, (texts.get(sql) ?? new Set()).add(name)))
  }

  test('has the parameters and columns that its types say', () => expectNone([...reports.values()]))

  test('has a case that runs it, or a reason why not', () => {
    const missing = statements.filter(
      (one) => !one.texts && !rendered.has(one) && !WITHOUT_SNAPSHOT[keyOf(one)],
    )
    const hint = 'it is composed as only a running program can: add a case to test/sql/cases.ts'
    expectNone(missing.map(({ path, line, name }) => `${path}:${line} (${name}): ${hint}`))
    const composed = statements.filter(({ texts }) => !texts).map(keyOf)
    expect(Object.keys(WITHOUT_SNAPSHOT).filter((key) => !composed.includes(key))).toEqual([])
  })

  test('is rendered as its snapshot', async () => {
    const pages = new Map<string, string>()
    for (const [statement, texts] of rendered) {
      const file = fileOf(statement)
      pages.set(file, (pages.get(file) ?? '') + pageOf(texts))
    }
    for (const one of statements.filter((one) => SHOWN.includes(keyOf(one))))
      pages.set(fileOf(one), pageOf(new Map(one.texts?.map(({ sql }) => [sql, new Set()]))))
    for (const [file, page] of pages)
      await expect.soft(page).toMatchFileSnapshot(`${SNAPSHOTS}/${file}`)
    const files = readdirSync(SNAPSHOTS, { recursive: true, encoding: 'utf8' })
    // Those of declared tables are not in a folder.
    const others = files.filter((file) => /\/.*\.sql$/.test(file) && !pages.has(file))
    expectNone(others.map((file) => `test/sql/${file} is of no statement: delete it`))
  })
})

describe('the check', () => {
  const named = (wanted: string) => examples.filter(({ name }) => name === wanted)

  async function problemsOf(wanted: string): Promise<string[]> {
    const texts = named(wanted).flatMap((one) => one.texts ?? [])
    const problems = new Set<string>()
    for (const text of texts) for (const one of await checker.check(text)) problems.add(one)
    return [...problems]
  }

  test('reports each mismatch', async () => {
    expect(await problemsOf('wrong')).toEqual(PROBLEMS)
  })

  test('accepts what matches', async () => {
    expect(named('right').map(({ texts }) => texts?.length)).toEqual([1, 1])
    expect(await problemsOf('right')).toEqual([])
  })

  test('knows what only a running program can compose', () => {
    expect(named('composed').map(({ texts }) => texts)).toEqual([null])
    // A function that calls itself may have changed what it passes on.
    expect(named('again').map(({ texts }) => texts)).toEqual([null])
  })
})

/** Shows them as they are, without the quotes and commas of a list. */
function expectNone(reports: string[]): void {
  expect(reports.join('\n\n')).toBe('')
}

function keyOf({ path, name }: Statement): string {
  return `${path} ${name}`
}

/** Turns `app/exports/read-rows.ts` and `readRows` into `exports/read-rows.readRows.sql`. */
function fileOf({ path, name }: Statement): string {
  return `${path.replace(/^app\//, '').replace(/ts$/, name)}.sql`
}

function pageOf(texts: Map<string, Set<string>>): string {
  const parts = [...texts].map(
    ([sql, names]) => `${[...names].map((name) => `-- ${name}\n`).join('')}${sql};\n`,
  )
  return parts.join('\n')
}
