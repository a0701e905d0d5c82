import { describe, expect, test } from 'vitest'
import { BROKEN } from './architecture/broken.ts'
import { checkConnections } from './architecture/connections.ts'
import {
  checkLinked,
  checkLinks,
  checkVariables,
  readPages,
  variablesOf,
} from './architecture/documents.ts'
import { checkCycles, checkFolders, checkLayers, checkTopOfApp } from './architecture/folders.ts'
import { checkForms } from './architecture/forms.ts'
import { checkHandles } from './architecture/handles.ts'
import { checkImports } from './architecture/imports.ts'
import { checkPredicates, checkScopes } from './architecture/predicates.ts'
import { checkMedian, checkSizes } from './architecture/sizes.ts'
import { parse, readSources } from './architecture/sources.ts'

const sources = readSources()
const pages = readPages()

describe('the house', () => {
  test('imports in one direction', () => {
    expect(sources.flatMap(checkImports)).toEqual([])
  })

  test('has modules in layers, and no circle of imports', () => {
    expect(sources.flatMap(checkLayers)).toEqual([])
    expect(checkCycles(sources)).toEqual([])
  })

  test('has folders of one subject', () => {
    expect([...checkFolders(sources), ...sources.flatMap(checkTopOfApp)]).toEqual([])
  })

  test('names each predicate of access and of life cycles once', () => {
    expect(sources.flatMap(checkPredicates)).toEqual([])
  })

  test('makes the scope of an operator at its doors only', () => {
    expect(sources.flatMap(checkScopes)).toEqual([])
  })

  test('answers requests with connections that have time limits', () => {
    expect(sources.flatMap(checkHandles)).toEqual([])
  })

  test('opens no connection at import', () => {
    expect(sources.flatMap(checkConnections)).toEqual([])
  })

  test('keeps files and functions small', () => {
    expect([...sources.flatMap(checkSizes), ...checkMedian(sources)]).toEqual([])
  })

  test('names its files and exports by the rules', () => {
    expect(sources.flatMap(checkForms)).toEqual([])
  })

  test('documents every environment variable', () => {
    const configuration = pages.find(({ path }) => path === 'docs/configuration.md')?.text ?? ''
    expect(checkVariables(sources, configuration)).toEqual([])
    expect(variablesOf(sources).map(({ name }) => name)).toContain('DATABASE_URL')
  })

  test('has pages whose links lead somewhere, and no page that nothing leads to', () => {
    expect(pages.flatMap((page) => checkLinks(page))).toEqual([])
    expect(checkLinked(pages)).toEqual([])
    const alone = { path: 'docs/alone.md', text: '' }
    expect(checkLinked([...pages, alone])).toEqual(['docs/alone.md: no page links to it'])
  })
})

describe('the rules', () => {
  test.each(BROKEN)('say "$says"', ({ check, path, text, says }) => {
    expect(check(parse(path, text))).toEqual([expect.stringContaining(says)])
  })

  test('say nothing of a source that keeps them', () => {
    const text = `import { pool } from '#app/database/database.server.ts'
      export class SyncError extends Error {}
      export async function connect() { await pool.connect(); return new Redis() }
      const later = () => fetch('/')
      export async function* many(a: 1, b: 2, c: 3, d: 4) { yield later }`
    const source = parse('workers/transform/run-work.ts', text)
    const checks = [
      ...[checkImports, checkConnections, checkSizes, checkForms],
      ...[checkPredicates, checkScopes, checkHandles],
    ]
    expect(checks.flatMap((check) => check(source))).toEqual([])
  })

  test('name a circle of files and of folders', () => {
    const circle = [
      parse('app/a/one.ts', "import { two } from '../b/two.ts'"),
      parse('app/b/two.ts', "import { three } from './three.ts'"),
      parse('app/b/three.ts', "import { one } from '#app/a/one.ts'"),
      parse('app/b/four.ts', "import { two } from './two.ts'"),
    ]
    expect(checkCycles(circle)).toEqual([
      'app/a/one.ts → app/b/two.ts → app/b/three.ts → app/a/one.ts: no circles of imports',
      'app/a → app/b → app/a: no circles of imports',
    ])
    expect(checkCycles(circle.slice(0, 2))).toEqual([])
  })

  test('name an import of a module that stands above or beside', () => {
    const imports = (path: string) => parse('app/ledger/a.ts', `import { b } from '#${path}'`)
    expect(checkLayers(imports('app/sync/b.ts'))).toEqual([
      'app/ledger/a.ts: app/ledger never imports app/sync (app/sync/b.ts)',
    ])
    expect(checkLayers(imports('app/github/b.ts'))).toHaveLength(1)
    expect(checkLayers(imports('app/ledger/views/b.ts'))).toEqual([])
    expect(checkLayers(imports('app/database/b.ts'))).toEqual([])
  })

  test('name a folder that holds too much, and what stands loose in app/', () => {
    const many = (folder: string) =>
      Array.from({ length: 21 }, (_, index) => parse(`${folder}/a${index}.ts`, ''))
    expect(checkFolders([...many('app/ledger'), ...many('cli')])).toEqual([
      'app/ledger: 21 files: a folder has 20 at most',
    ])
    expect(checkTopOfApp(parse('app/loose.ts', ''))).toHaveLength(1)
    expect(checkTopOfApp(parse('app/root.tsx', ''))).toEqual([])
  })

  test('let a suite be as long as its tests', () => {
    const text = `describe('a', () => {\n${"  test('b', () => {})\n".repeat(100)}})`
    expect(checkSizes(parse('test/unit/a.test.ts', text))).toEqual([])
  })

  test('name the middle file when it is too long', () => {
    const long = parse('app/a.ts', 'step()\n'.repeat(91))
    expect(checkMedian([parse('app/b.ts', ''), long, long])).toEqual([
      expect.stringContaining('the median file has 91 lines'),
    ])
  })

  test('name a variable without a row', () => {
    const schema = `const schema = z.object({
      PORT: z.string(),
      SECRET_FILE: z.string(),
    })`
    const found = checkVariables(
      [
        parse('app/config/env.server.ts', schema),
        parse('cli/doctor.ts', "env['A_B']; process.env.C_D; process.env.NODE_ENV"),
        parse('app/ledger/a.ts', 'const words = { DONE: 1 }'),
      ],
      '| `SECRET` | a row |\nPORT is only mentioned here',
    )
    expect(found).toEqual([
      'app/config/env.server.ts:2: PORT has no row in docs/configuration.md',
      'cli/doctor.ts:1: A_B has no row in docs/configuration.md',
      'cli/doctor.ts:1: C_D has no row in docs/configuration.md',
    ])
  })

  test('name a link that leads nowhere', () => {
    const text =
      '# One `thing`, two\n[a](#one-thing-two) [b](#three)\n[c](gone.md) [d](https://e.org)'
    expect(checkLinks({ path: 'docs/a.md', text }, (path) => path === 'docs/a.md')).toEqual([
      'docs/a.md:2: links to #three: no such heading',
      'docs/a.md:3: links to gone.md, which is not there',
    ])
  })
})
