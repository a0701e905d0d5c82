import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cutFile } from '#app/code/chunks/cut-file.ts'
import { readSources } from '../../architecture/sources.ts'
import { cutText, fileOf, joined, misplacedLines } from './cut.ts'

const PARTS = [
  ...['int f(void) {\n', '}\n', 'class A {\n', '  m() {}\n', '/* a', '*/', '// b\n', '"', "'", '`'],
  ...[
    '\r\n',
    '\n',
    '\f\n',
    '\t',
    '(((',
    ')',
    '😀',
    'def f():\n    return 1\n',
    '#if A\n',
    '#endif\n',
  ],
  ...[
    'import x\n',
    'x = [1,\n2,\n3]\n',
    '\u2028',
    '@d\n',
    '# Title\n\n',
    '   \n',
    'é',
    '</a>',
    '{{{{',
  ],
]
const PATHS = [
  'a.c',
  'a.ts',
  'a.tsx',
  'a.py',
  'a.go',
  'a.rs',
  'a.rb',
  'a.cpp',
  'a.css',
  'a.md',
  'a',
]

function functionOf(n: number): string {
  const body = '  count(1)\n'.repeat(12)
  return `/** Says ${n}. */\nexport function say${n}(): number {\n${body}  return ${n}\n}\n\n`
}

function sizeOf(text: string): number {
  return text.replace(/[\0- ]/g, '').length
}

describe('every line is in exactly one chunk, in order,', () => {
  test('whatever the text is', async () => {
    const text = fc.array(fc.constantFrom(...PARTS), { maxLength: 120 }).map((all) => all.join(''))
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.constantFrom(...PATHS),
        fc.integer({ min: 1, max: 200 }),
        async (given, path, size) => {
          const cut = await cutText(path, given, size)
          expect(cut.skipped).toBeNull()
          expect(misplacedLines(cut, given)).toEqual([])
          expect(joined(cut, given)).toBe(given)
          for (const chunk of cut.chunks)
            if (chunk.text.split('\n').filter((line) => sizeOf(line) > 0).length > 1)
              expect(sizeOf(chunk.text)).toBeLessThanOrEqual(size)
        },
      ),
      { numRuns: 200 },
    )
  }, 120_000)

  test('in the sources of this project, and the chunks are as large as they may be', async () => {
    const sizes: number[] = []
    for (const { path, text } of readSources()) {
      const cut = await cutFile(fileOf(path, text, { generated: false }), 1_500)
      expect(misplacedLines(cut, text), path).toEqual([])
      sizes.push(...cut.chunks.map((chunk) => sizeOf(chunk.text)))
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_500)
    expect(sizes.toSorted((a, b) => a - b)[Math.floor(sizes.length / 2)]).toBeGreaterThan(800)
  }, 120_000)

  test.each([
    ['nothing', ''],
    ['one empty line', '\n'],
    ['no line break at the end', 'int a;\nint b;'],
    ['line breaks of Windows', 'int a;\r\nint b;\r\n'],
    ['form feeds', 'int a;\n\f\nint b;\n'],
    ['64 KB of emoji', '😀'.repeat(16_384)],
    ['100,000 empty lines', '\n'.repeat(100_000)],
    ['100,000 short lines', 'a\n'.repeat(100_000)],
    ['a long line', `int a[] = {${'1, '.repeat(300_000)}};`],
    ['20,000 levels', `${'('.repeat(20_000)}\n${')'.repeat(20_000)}\n`],
    ['20,000 levels, each on a line', '{\n'.repeat(20_000)],
    ['5,000 functions on a line', 'int f(void) { return 1; } '.repeat(5_000)],
  ])(
    'with %s',
    async (_name, text) => {
      for (const path of ['a.c', 'a.py', 'a.txt']) {
        const cut = await cutText(path, text)
        expect(misplacedLines(cut, text)).toEqual([])
        expect(joined(cut, text)).toBe(text)
      }
    },
    60_000,
  )
})

describe('borders', () => {
  test('stand in front of declarations, whose comments stay with them', async () => {
    const text = Array.from({ length: 12 }, (_, n) => functionOf(n)).join('')
    const { chunks } = await cutText('a.ts', text, 400)
    expect(chunks.length).toBeGreaterThan(3)
    for (const chunk of chunks) {
      expect(chunk.text).toMatch(/^\/\*\* Says/)
      expect(chunk.text.trimEnd()).toMatch(/\n\}$/)
    }
  })

  test('divide a long function at its statements, and each part knows the function', async () => {
    const block = `  if (a) {\n${'    b += a\n'.repeat(8)}  }\n`
    const text = `int first;\n\nstatic int\nlong_one(int a)\n{\n${block.repeat(10)}  return b;\n}\n`
    const { chunks } = await cutText('a.c', text, 200)
    expect(chunks.length).toBeGreaterThan(2)
    for (const { symbol, signature } of chunks) {
      expect(symbol).toBe('long_one')
      expect(signature).toBe('static int long_one(int a)')
    }
    for (const { text: shown } of chunks.slice(1)) expect(shown).toMatch(/^ {2}(if|return)/)
  })

  test('stand in front of a declaration whose comment is larger than a chunk', async () => {
    const comment = `/*\n${' * Some words on it.\n'.repeat(30)} */\n`
    const { chunks } = await cutText(
      'a.c',
      `int a;\n${comment}int f(void)\n{\n  return 1;\n}\n`,
      150,
    )
    expect(chunks.at(-1)?.text).not.toMatch(/^ \*\/\n/)
    expect(chunks.at(-1)?.symbol).toBe('f')
  })

  test('in text without a grammar stand at paragraphs', async () => {
    const text = `# One\n\n${'Some words.\n'.repeat(8)}\n# Two\n\n${'More words.\n'.repeat(8)}`
    const { chunks, grammar, language } = await cutText('a.md', text, 120)
    expect(chunks.map((chunk) => chunk.text.split('\n', 1)[0])).toEqual(['# One', '# Two'])
    expect([grammar, language]).toEqual(['lines@1:120', 'Markdown'])
  })
})

test.each([
  ['a.ts', 'export class Box {\n  open(key: string): void {\n    use()\n  }\n}\n', 'Box.open'],
  ['a.tsx', 'export const App = () => {\n  return <p>{go()}</p>\n}\n', 'App'],
  ['a.js', 'module.x = 1\nfunction load() {\n  return go()\n}\n', 'load'],
  ['a.py', 'class Box:\n    @cached\n    def open(self):\n        return go()\n', 'Box.open'],
  ['a.go', 'package a\n\nfunc (b *Box) Open() int {\n\treturn open()\n}\n', 'Box.Open'],
  ['a.rs', 'impl Box {\n    fn open(&self) -> u8 {\n        go()\n    }\n}\n', 'Box.open'],
  ['a.java', 'class Box {\n  int open() {\n    return go();\n  }\n}\n', 'Box.open'],
  ['a.cs', 'class Box {\n  int Open() {\n    return Go();\n  }\n}\n', 'Box.Open'],
  ['a.cpp', 'namespace n {\nint Box::open() {\n  return go();\n}\n}\n', 'n.Box.open'],
  ['a.c', 'static char *\nopen_box(int a)\n{\n  return go(a);\n}\n', 'open_box'],
  ['a.h', 'typedef struct {\n  int long_field_name;\n} box_type;\n', 'box_type'],
  ['a.rb', 'class Box\n  def open\n    go_on_with_it\n  end\nend\n', 'Box.open'],
  ['a.php', '<?php\nclass Box {\n  function open() {\n    return go();\n  }\n}\n', 'Box.open'],
  ['a.sh', 'set -e\nopen_box() {\n  go_on_with_it\n}\n', 'open_box'],
  ['a.ps1', 'function Open-Box {\n  Start-It\n}\n', 'Open-Box'],
])('the symbol in %s', async (path, text, symbol) => {
  // Small chunks, so that the innermost declaration has one.
  const { chunks } = await cutText(path, text, 14)
  expect(chunks.map((chunk) => chunk.symbol)).toContain(symbol)
})

test('a chunk belongs to the member with half of it, and else to their class', async () => {
  const member = (name: string, lines: number) =>
    `  ${name}() {\n${'    go()\n'.repeat(lines)}  }\n`
  const text = `class Box {\n${member('a', 1)}${member('b', 9)}${member('c', 4)}${member('d', 4)}${member('e', 4)}}\n`
  const { chunks } = await cutText('a.ts', text, 80)
  expect(chunks.map(({ symbol }) => symbol)).toEqual(['Box.b', 'Box'])
})

test('the grammar names the language, its version and the size', async () => {
  expect((await cutText('a.c', 'int a;\n')).grammar).toBe('c@0.24.1+lines@1:1500')
  expect((await cutText('a.ts', 'let a\n', 300)).grammar).toBe(
    'typescript@vscode-0.3.1+lines@1:300',
  )
})
