// `npm test`: prepares what is missing, then runs every kind of test, or only those named.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { report } from './failures.mjs'
import { buildPages, prepareSources } from './prepare.mjs'
import { runInForeground, runQuietly, seconds } from './steps.mjs'
import { chooseKinds, chooseProfile } from './test-kinds.mjs'
import { forbidSkips, printSummary, readVitest } from './test-results.mjs'

async function test() {
  const { kinds, rest } = chooseKinds(process.argv.slice(2))
  const profile = chooseProfile(process.env)
  await prepareSources()
  const checks = await runChecksBesideBuild(kinds)
  const folder = mkdtempSync(join(tmpdir(), 'whence-test-'))
  const results = []
  try {
    for (const kind of kinds) {
      console.log(`\n── ${kind.name}${kind.needsPages ? ` on the ${profile} profile` : ''}`)
      const result = checks.get(kind) ?? (await runProject(kind, rest, folder))
      if (result.output) process.stdout.write(result.output)
      const strict = process.env.CI === 'true' ? forbidSkips(result) : result
      results.push({ name: kind.name, ...strict })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  printSummary(results)
  return results.some((result) => result.failed > 0) ? 1 : 0
}

/** Runs the checks in parallel with the build of the pages, since each uses only one thread. */
async function runChecksBesideBuild(kinds) {
  const checks = kinds.filter((kind) => kind.checks)
  if (checks.length > 0) console.log(`… ${checks.map(({ name }) => name).join(', ')}`)
  const building = kinds.some((kind) => kind.needsPages) ? buildPages() : null
  const [, ...results] = await Promise.all([building, ...checks.map(runChecks)])
  return new Map(checks.map((kind, index) => [kind, results[index]]))
}

/** Runs all tools of a kind, since each may report something else; together they count as one check. */
async function runChecks({ checks }) {
  const started = performance.now()
  const ended = await Promise.all(checks.map((tool) => runQuietly(process.execPath, tool)))
  const failed = ended.some(({ code }) => code !== 0) ? 1 : 0
  const output = ended.map((tool) => tool.output).join('')
  return { passed: 1 - failed, failed, skips: [], note: '', time: seconds(started), output }
}

async function runProject(kind, rest, folder) {
  const started = performance.now()
  const output = join(folder, `${kind.name}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${output}`]
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', kind.name, ...reporters]
  const code = await runInForeground(process.execPath, [...vitest, ...rest])
  return { ...readVitest(output, stopIfInterrupted(code)), time: seconds(started) }
}

/** Ctrl-C ends the whole run, not only the current kind. */
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
