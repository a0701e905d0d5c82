import { existsSync, readFileSync } from 'node:fs'

/**
 * Reads the result of one kind. `skips` contains the names of skipped tests; the name of a suite includes the
 * reason (added by test/services/requirements.ts).
 */
export function readVitest(path, exitCode) {
  if (!existsSync(path)) return { passed: 0, failed: 1, skips: [], note: 'did not finish' }
  const report = JSON.parse(readFileSync(path, 'utf8'))
  const tests = report.testResults.flatMap((file) => file.assertionResults)
  const count = (status) => tests.filter((test) => test.status === status).length
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(isFailed),
  )
  const skips = tests.filter((test) => ['skipped', 'pending', 'todo'].includes(test.status))
  const result = {
    passed: count('passed'),
    failed: count('failed') + brokenFiles.length,
    skips: skips.map((test) => test.fullName.trim()),
    note: '',
  }
  if (tests.length === 0 && brokenFiles.length === 0) {
    return { ...result, failed: 1, note: 'no test was found' }
  }
  if (exitCode !== 0 && result.failed === 0) {
    return { ...result, failed: 1, note: 'an error outside the tests' }
  }
  return result
}

function isFailed(test) {
  return test.status === 'failed'
}

/**
 * Turns skipped tests into failures for CI=true, except those that need the shared folder or the other
 * profile.
 */
export function forbidSkips(result) {
  const forbidden = result.skips.filter((name) => !/\[(?:needs \.\.\/shared|only on)/.test(name))
  if (forbidden.length === 0) return result
  const skips = result.skips.filter((name) => !forbidden.includes(name))
  const note = `with CI=true nothing may be skipped: ${forbidden.join('; ')}`
  return { ...result, failed: result.failed + forbidden.length, skips, note }
}

/** Prints the table, the names of skipped tests, and the final line, which is machine-readable. */
export function printSummary(results) {
  const width = Math.max(...results.map(({ name }) => name.length))
  console.log('')
  for (const { name, passed, failed, skips, time, note } of results) {
    const counts = `${passed} passed, ${failed} failed, ${skips.length} skipped`
    const mark = failed > 0 ? '✗' : '✓'
    console.log(
      `${mark} ${name.padEnd(width)}  ${time.padStart(8)}  ${counts}${note && ` (${note})`}`,
    )
  }
  const skips = results.flatMap((result) => result.skips.map((skip) => `${result.name}: ${skip}`))
  if (skips.length > 0) console.log(`\nSkipped:\n${skips.map((skip) => `  ${skip}`).join('\n')}`)
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0)
  console.log(`\n${total('passed')} passed, ${total('failed')} failed, ${skips.length} skipped`)
}
