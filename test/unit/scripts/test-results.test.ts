import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { forbidSkips, readVitest } from '#scripts/test-results.mjs'

const folder = mkdtempSync(join(tmpdir(), 'whence-unit-'))
afterAll(() => rmSync(folder, { recursive: true }))

function read(statuses: string[], exitCode = 0, fileStatus = 'passed') {
  const path = join(folder, 'report.json')
  const assertionResults = statuses.map((status, index) => ({ status, fullName: ` test ${index}` }))
  writeFileSync(path, JSON.stringify({ testResults: [{ status: fileStatus, assertionResults }] }))
  return readVitest(path, exitCode)
}

describe('the result of a kind', () => {
  test('counts passed and failed tests, and names the skipped ones', () => {
    const result = read(['passed', 'failed', 'skipped', 'todo', 'passed'], 1, 'failed')
    expect(result).toMatchObject({ passed: 2, failed: 1, skips: ['test 2', 'test 3'] })
  })

  test('is a failure if a file could not be loaded', () => {
    expect(read([], 1, 'failed')).toMatchObject({ failed: 1 })
  })

  test('is a failure if no test was found', () => {
    expect(read([])).toMatchObject({ failed: 1, note: 'no test was found' })
  })

  test('is a failure if the tests pass but something outside of them throws', () => {
    expect(read(['passed'], 1)).toMatchObject({ passed: 1, failed: 1 })
  })

  test('is a failure if the run ended without a report', () => {
    expect(readVitest(join(folder, 'absent.json'), 1)).toMatchObject({ failed: 1 })
  })
})

describe('with CI=true', () => {
  const result = { passed: 1, failed: 0, note: '' }

  test('a skip is a failure', () => {
    const strict = forbidSkips({ ...result, skips: ['a page [needs Chromium: install it]'] })
    expect(strict).toMatchObject({ failed: 1, skips: [] })
    expect(strict.note).toContain('a page [needs Chromium')
  })

  test('skips for the shared folder or the other profile are allowed', () => {
    const skips = ['a [needs ../shared: lay it]', 'b [only on the external profile: set them]']
    expect(forbidSkips({ ...result, skips })).toEqual({ ...result, skips })
  })
})
