// `npm test`: lays down what is missing, then runs every kind of test, or those that are named.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { report } from './failures.mjs'
import { prepare } from './prepare.mjs'
import { runInForeground, seconds } from './steps.mjs'
import { chooseKinds, chooseProfile } from './test-kinds.mjs'
import { forbidSkips, printSummary, readVitest } from './test-results.mjs'

async function test() {
  const { kinds, rest } = chooseKinds(process.argv.slice(2))
  const profile = chooseProfile(process.env)
  await prepare({ pages: kinds.some((kind) => kind.needsPages) })
  const folder = mkdtempSync(join(tmpdir(), 'whence-test-'))
  const results = []
  try {
    for (const kind of kinds) {
      const started = performance.now()
      console.log(`\n── ${kind.name}${kind.needsPages ? ` on the ${profile} profile` : ''}`)
      const result = kind.project ? await runProject(kind, rest, folder) : await runChecks(kind)
      const strict = process.env.CI === 'true' ? forbidSkips(result) : result
      results.push({ name: kind.name, time: seconds(started), ...strict })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  printSummary(results)
  return results.some((result) => result.failed > 0) ? 1 : 0
}

/** All of a kind's tools run, since each has something else to say; together they are one check. */
async function runChecks(kind) {
  let worst = 0
  for (const tool of kind.checks) {
    worst = Math.max(worst, stopIfInterrupted(await runInForeground(process.execPath, tool)))
  }
  return { passed: worst === 0 ? 1 : 0, failed: worst === 0 ? 0 : 1, skips: [], note: '' }
}

async function runProject(kind, rest, folder) {
  const output = join(folder, `${kind.name}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${output}`]
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', kind.name, ...reporters]
  const code = await runInForeground(process.execPath, [...vitest, ...rest])
  return readVitest(output, stopIfInterrupted(code))
}

/** Ctrl-C ends the whole run, not the kind alone. */
function stopIfInterrupted(code) {
  if (code === 130 || code === 143) process.exit(code)
  return code
}

test().then(
  (code) => {
    process.exitCode = code
  },
  (error) => {
    process.exitCode = report(error)
  },
)
