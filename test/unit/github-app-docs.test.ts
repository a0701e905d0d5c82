import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { NEEDED } from '#app/github/app/installations.ts'
import { ROOT } from '#test/architecture/sources.ts'

test('docs/github-app.md names exactly the rights that Whence checks', () => {
  const page = readFileSync(`${ROOT}/docs/github-app.md`, 'utf8')
  const [, rights = ''] = page.split('## Rights')
  const named = [...rights.matchAll(/^\|[^|]+\| `(\w+)`/gm)].map(([, name]) => name)
  expect(named.sort()).toEqual([...NEEDED].sort())
})

test('no page promises webhooks or sign-in, which this version does not have', () => {
  const pages = [
    'README.md',
    'docs/configuration.md',
    'docs/sync.md',
    'docs/ledger.md',
    'docs/cli.md',
  ]
  for (const path of pages) {
    const text = readFileSync(`${ROOT}/${path}`, 'utf8')
    const promises = text.split('\n').filter((line) => /webhook|sign-in with GitHub/i.test(line))
    for (const line of promises)
      expect(line).toMatch(/receives no webhooks|has no sign-in|_SECRET_FILE/)
  }
})
