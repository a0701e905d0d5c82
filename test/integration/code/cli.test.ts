import { afterAll, beforeAll, expect, test } from 'vitest'
import { callWhence, layWhence } from '#test/services/whence.ts'
import { type CodeGithub, startCodeGithub } from '#test/support/code/code-github.ts'

let github: CodeGithub
let laid: Awaited<ReturnType<typeof layWhence>>

beforeAll(async () => {
  github = await startCodeGithub()
  laid = await layWhence(async () => null)
})
afterAll(async () => {
  await laid.remove()
  await github.stop()
})

function whence(...argv: string[]) {
  const environment = {
    ...laid.environment,
    GITHUB_API_URL: github.url,
    GITHUB_WEB_URL: github.url,
  }
  return callWhence(argv, environment)
}

test('ingests, lists and deletes code', async () => {
  github.commit('acme/engine', { 'a.c': 'int first;\n' })
  const ingested = await whence('ingest', 'acme/engine', '--project', 'core', '--wait')
  expect(ingested).toMatchObject({ code: 0, stdout: 'Job 1: finished, 1 file, 1 chunk\n' })
  const listed = await whence('projects')
  expect(listed.stdout).toMatch(
    /^core\/engine {2}acme\/engine \(main\): [0-9a-f]{12}, 1 file, 1 chunk\n$/,
  )
  const gone = await whence('projects', 'delete', '--project', 'core', '--dataset', 'engine')
  expect(gone).toMatchObject({ code: 0, stdout: 'Deleted engine with 1 chunk\n' })
  expect((await whence('projects')).stdout).toBe('No code is ingested\n')
  expect((await whence('cleanup', '--dry-run')).stdout).toContain(
    '\nWould delete 0 dead refs of code, 0 unused chunks and 1 unused clone (1 MB)\n',
  )
})

test('shows and changes when a dataset is indexed again', async () => {
  github.commit('acme/often', { 'a.c': 'int first;\n' })
  await whence('ingest', 'acme/often', '--project', 'core', '--wait')
  const set = (...more: string[]) =>
    whence('projects', 'set', '--project', 'core', '--dataset', 'often', ...more)
  const changed = await set('--schedule', '0 3 * * 1 Europe/Berlin', '--priority', 'first')
  expect(changed.stdout).toMatch(
    /^core\/often\n {2}schedule: every Monday at 03:00 \(Europe\/Berlin\), next at .+\n {2}on push: no\n {2}priority: first\n$/,
  )
  const refused = await set('--schedule', '6h', '--priority', 'urgent')
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('priority: ')])
  const shown = JSON.parse((await set('--json')).stdout)
  expect(shown).toMatchObject({ dataset: 'often', onPush: false, priority: 'first' })
  expect(shown.schedule.rule).toEqual({ cron: '0 3 * * 1', timeZone: 'Europe/Berlin' })
})

test('refuses what cannot succeed with a hint', async () => {
  const unknown = await whence('ingest', 'acme/none', '--project', 'core')
  expect(unknown.code).toBe(1)
  expect(unknown.stderr).toContain('GitHub has no acme/none')
  const misnamed = await whence('ingest', 'acme/engine', '--project', 'Not a name')
  expect(misnamed.stderr).toContain('must be 1 to 64 of')
  expect((await whence('ingest', 'acme/engine')).code).toBe(2)
  const both = await whence('projects', 'delete', '--project', 'core')
  expect(both.stderr).toContain('Use --dataset or --repo')
})
