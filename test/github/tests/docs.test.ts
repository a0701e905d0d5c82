import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CHANGES } from '../changes/changes.ts'
import { FAULTS } from '../faults/fault-format.ts'

test('the page about the stand-in names every fault and every change', () => {
  const page = readFileSync('docs/stand-in-github.md', 'utf8')
  const names = [...Object.keys(FAULTS), ...Object.keys(CHANGES)]
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
})
