import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { NEEDED } from '#app/github/rights.ts'
import { SUBSCRIBED } from '#app/webhooks/read-event.ts'
import { ROOT } from '#test/architecture/sources.ts'

test('docs/github-app.md names exactly the rights that Whence checks', () => {
  const page = readFileSync(`${ROOT}/docs/github-app.md`, 'utf8')
  const [, rights = ''] = page.split('## Rights')
  const named = [...rights.matchAll(/^\|[^|]+\| `(\w+)`/gm)].map(([, name]) => name)
  expect(named.sort()).toEqual([...NEEDED].sort())
})

test('docs/github-app.md names the events that are handled, and no other', () => {
  const page = readFileSync(`${ROOT}/docs/github-app.md`, 'utf8')
  const [, line = ''] = /^Subscribe to: (.*)$/m.exec(page) ?? []
  const named = [...line.matchAll(/`(\w+)`/g)].map(([, name]) => name)
  expect(named.sort()).toEqual([...SUBSCRIBED].sort())
})
