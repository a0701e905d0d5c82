import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readAttributes } from '#app/code/chunks/read-attributes.ts'

const NAMES = ['a', 'b', 'ab', 'a.c', 'b.c', 'aab', '[', 'a b']
const PATTERNS = [
  ...['a', 'b', '*', '**', '*.c', 'a*b', '?', '[ab]', '[!a]', '[a-b]b', '\\[', '\\a', 'a\\ b'],
]
const pattern = fc
  .tuple(
    fc.constantFrom('', '', '!', '/'),
    fc.array(fc.constantFrom(...PATTERNS), { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', '', '/'),
  )
  .map(([start, names, end]) => start + names.join('/') + end)
const paths = fc
  .array(
    fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 }).map((all) => all.join('/')),
    { minLength: 1, maxLength: 20 },
  )
  .map((all) => [...new Set(all)])

function withRepository(
  use: (git: (args: string[], input: string) => string, root: string) => void,
): void {
  const root = mkdtempSync(join(tmpdir(), 'rules-'))
  function git(args: string[], input: string): string {
    const all = ['-C', root, '-c', 'core.excludesFile=', ...args]
    try {
      return execFileSync('git', all, {
        input,
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'ignore'],
      })
    } catch (error) {
      // Status 1 says that no path is ignored.
      if ((error as { status?: number }).status === 1) return ''
      throw error
    }
  }
  try {
    execFileSync('git', ['init', '-q', root])
    use(git, root)
  } finally {
    rmSync(root, { recursive: true })
  }
}

describe('as Git has it', () => {
  test('.whenceignore leaves files out', () => {
    withRepository((git, root) => {
      fc.assert(
        fc.property(fc.array(pattern, { maxLength: 5 }), paths, (patterns, given) => {
          const text = patterns.join('\n')
          writeFileSync(join(root, '.gitignore'), text)
          const out = git(['check-ignore', '--no-index', '-z', '--stdin'], given.join('\0'))
          const rulesOf = readAttributes([{ path: '.whenceignore', text }])
          expect(given.filter((path) => rulesOf(path).ignored)).toEqual(
            out.split('\0').filter(Boolean),
          )
        }),
        { numRuns: 150 },
      )
    })
  })

  test('.gitattributes names files', () => {
    const said = fc.constantFrom('linguist-generated', '-linguist-generated', '!linguist-generated')
    const rule = fc
      .tuple(
        pattern.filter((one) => !/ /.test(one)),
        said,
      )
      .map((all) => all.join(' '))
    withRepository((git, root) => {
      fc.assert(
        fc.property(fc.array(rule, { maxLength: 5 }), paths, (rules, given) => {
          const text = rules.join('\n')
          writeFileSync(join(root, '.gitattributes'), text)
          const out = git(['check-attr', '-z', '--stdin', 'linguist-generated'], given.join('\0'))
          const values = out.split('\0').filter((_, index) => index % 3 === 2)
          const meant = values.map((value) => ({ set: true, unset: false })[value])
          const rulesOf = readAttributes([{ path: '.gitattributes', text }])
          expect(given.map((path) => rulesOf(path).generated)).toEqual(meant)
        }),
        { numRuns: 150 },
      )
    })
  })
})

test('a file of attributes further inside overrides those around it, for its folder', () => {
  const rulesOf = readAttributes([
    { path: 'lib/.gitattributes', text: '*.c -linguist-vendored\n*.h linguist-language=C++\r\n' },
    { path: '.gitattributes', text: '# all\n*.c linguist-vendored linguist-documentation=false\n' },
  ])
  expect(rulesOf('lib/in/a.c')).toEqual({ vendored: false, documentation: false })
  expect(rulesOf('a.c')).toEqual({ vendored: true, documentation: false })
  expect(rulesOf('lib/a.h')).toEqual({ language: 'C++' })
  expect(rulesOf('a.h')).toEqual({})
})

test('a hostile pattern takes no time', () => {
  const text = Array.from({ length: 200 }, () => `${'*a'.repeat(100)}b`).join('\n')
  const start = performance.now()
  expect(readAttributes([{ path: '.whenceignore', text }])('a'.repeat(250))).toEqual({})
  expect(performance.now() - start).toBeLessThan(2_000)
})
