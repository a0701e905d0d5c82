import { afterAll, beforeAll, expect, test } from 'vitest'
import { startQueuedRuns } from '#app/ledger/runs.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { expectShape } from '../../support/api-shapes.ts'
import { addInstallation, seedOf } from '../../support/rehearsal.ts'
import { send } from '../../support/send.ts'

let opened: TestServices
let web: Web
let runId: string

beforeAll(async () => {
  opened = await openTestServices()
  const { services } = opened
  const { pool } = services.database
  web = await startWeb({ ...services, config: { ...services.config, PORT: 0 } })
  const installation = await addInstallation(services.database)
  const asked = await write('jobs', { installation, mode: 'full' })
  runId = JSON.parse(asked.body).jobId
  await startQueuedRuns(pool, seedOf({ repositories: 1, pages: 1, perPage: 1 }), services.logger)
  await write(`jobs/${runId}/cancel`, {})
  await pool.query(
    `insert into repository_time (run_id, position, queued_ms, paused_ms, github_ms, working_ms)
     values ($1, 1, 300, 0, 192000, 7400)`,
    [runId],
  )
})
afterAll(async () => {
  await web.close()
  await opened.close()
})

function write(path: string, body: object) {
  const headers = { origin: new URL(web.url).origin, 'content-type': 'application/json' }
  return send(`${web.url}/api/v1/${path}`, headers, 'POST', JSON.stringify(body))
}

test('the API tells what happened in a job, and who did it', async () => {
  const { status, body } = await send(`${web.url}/api/v1/jobs/${runId}/log`)
  expect(status).toBe(200)
  const log = JSON.parse(body)
  expectShape('GET', `jobs/${runId}/log`, log)
  expect(log.entries.map((entry: { message: string }) => entry.message)).toEqual([
    'Requested by operator',
    'Started: full sync, because of a person, pull requests since ' +
      log.entries[1].message.slice(-10),
    'Extraction of GitHub Repositories began',
    'Cancelled by operator',
  ])
  const grave = await send(`${web.url}/api/v1/jobs/${runId}/log?level=warning&limit=1`)
  expect(JSON.parse(grave.body).entries).toHaveLength(1)
})

test('an unknown job and a wrong cursor or level are refused', async () => {
  const statuses = ['jobs/999/log', 'jobs/x/log', `jobs/${runId}/log?after=7`]
  const refused = [...statuses, `jobs/${runId}/log?level=loud`].map(async (path) => {
    return (await send(`${web.url}/api/v1/${path}`)).status
  })
  expect(await Promise.all(refused)).toEqual([404, 404, 422, 422])
})

test('the pages of the runs and of one run show the same without a script', async () => {
  const runs = await send(`${web.url}/jobs`)
  expect([runs.status, runs.body]).toEqual([200, expect.stringContaining(`href="/jobs/${runId}"`)])
  const run = await send(`${web.url}/jobs/${runId}`)
  expect([run.status, run.body]).toEqual([200, expect.stringContaining('Cancelled by operator')])
  expect(run.body).toMatch(
    /Where the time went.*GitHub Repositories, extraction.*under 1 s.*0 s.*3 min.*7 s/s,
  )
  expect((await send(`${web.url}/jobs/999`)).status).toBe(404)
  expect((await send(`${web.url}/jobs/nonsense`)).status).toBe(404)
})

test('the log is searched by text, level and step, and a wrong address shows everything', async () => {
  const said = async (query: string) => {
    const { status, body } = await send(`${web.url}/jobs/${runId}?${query}`)
    const known = [
      'Requested by operator',
      'Extraction of GitHub Repositories began',
      'Cancelled by',
    ]
    return [status, ...known.map((text) => body.includes(text))]
  }
  expect(await said('q=REQUESTED')).toEqual([200, true, false, false])
  expect(await said('level=warning')).toEqual([200, false, false, true])
  expect(await said('step=github_repositories')).toEqual([200, false, true, false])
  expect(await said('level=loud&step=x&after=7&before=-1')).toEqual([200, true, true, true])
  const { body } = await send(`${web.url}/jobs/${runId}?after=999999999999999999-4-1`)
  expect(body).toContain('There is nothing on this page.')
  expect(body).not.toContain('Nothing has happened yet')
  expect(await said('q=%00%27%25')).toEqual([200, false, false, false])
})

test('the page leads to the first error, and the log is downloaded as its filter shows it', async () => {
  const { pool } = opened.services.database
  const before = await send(`${web.url}/jobs/${runId}`)
  expect(before.body).not.toContain('First error')
  await pool.query(
    `insert into run_event (run_id, kind, level, position, message, subject)
     values ($1, 'failed', 'error', 4, $2, 'acme/anvil#1')`,
    [runId, 'two\nlines\tand <b>'],
  )
  const { body } = await send(`${web.url}/jobs/${runId}`)
  const [, path, id] = /href="(\/jobs[^"#]*)#(entry-[^"]*)"/.exec(body) ?? []
  const led = await send(`${web.url}${path}`)
  expect(led.body.match(/id="entry-[^"]*"/)?.[0]).toBe(`id="${id}"`)
  expect(led.body).toContain('Earlier')
  const all = await send(`${web.url}/jobs/${runId}/log.txt`)
  expect(all.headers['content-disposition']).toBe(`attachment; filename="whence-job-${runId}.txt"`)
  expect(all.body.trimEnd().split('\n')).toHaveLength(5)
  const errors = await send(`${web.url}/jobs/${runId}/log.txt?level=error`)
  expect(errors.body).toMatch(/^\S+\terror\t.*Failed: acme\/anvil#1: two lines and <b>\t\n$/)
  expect((await send(`${web.url}/jobs/999/log.txt`)).status).toBe(404)
})
