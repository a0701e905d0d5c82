import { expect, test } from 'vitest'
import { work } from '#app/code/colours/colour-lines.ts'
import { openColours } from '#app/code/colours/open-colours.ts'

const CODE = `// a note\nconst name = "text" // é\n\nreturn call(42)\n`

function textOf(lines: Awaited<ReturnType<typeof work>>): string {
  return lines.map((tokens) => tokens.map(({ text }) => text).join('')).join('\n')
}

test('colours by the kind of a token and keeps the text', async () => {
  const lines = await work({ text: CODE, language: 'TypeScript' })
  expect(textOf(lines)).toBe(CODE)
  const kinds = Object.fromEntries(lines.flat().map(({ text, kind }) => [text.trim(), kind]))
  expect(kinds).toMatchObject({ '// a note': 'comment', const: 'keyword', call: 'function' })
})

test.each(['C++', 'Go', 'Python', 'Shell', 'C'])('knows %s', async (language) => {
  expect((await work({ text: 'x = "text"', language })).flat().some(({ kind }) => kind)).toBe(true)
})

test.each([
  ['no language', CODE, null],
  ['a language without a grammar', CODE, 'toString'],
  ['a large text', 'const a = 1\n'.repeat(10_000), 'TypeScript'],
  ['a long line', `const a = "${'x'.repeat(2_000)}"`, 'TypeScript'],
])('leaves %s plain', async (_, text, language) => {
  const lines = await work({ text, language })
  expect(textOf(lines)).toBe(text)
  expect(lines.flat().every(({ kind }) => kind === null)).toBe(true)
})

test('runs in a thread', async () => {
  const colours = openColours()
  const lines = await colours.colour({ text: CODE, language: 'TypeScript' })
  await colours.close()
  expect(lines).toEqual(await work({ text: CODE, language: 'TypeScript' }))
})
