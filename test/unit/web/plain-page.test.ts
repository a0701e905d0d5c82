import { expect, test } from 'vitest'
import { plainPage } from '#server/access/plain-page.ts'

test('a plain page escapes text and formats commands as code', () => {
  const page = plainPage({ title: '<b>', paragraphs: ['Run `a <i>` & wait'], nonce: 'n' })
  expect(page).toContain('<h1>&lt;b&gt;</h1>')
  expect(page).toContain('<p>Run <code>a &lt;i&gt;</code> &amp; wait</p>')
  expect(page).toContain('<html lang="en">')
})
