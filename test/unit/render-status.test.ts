import { expect, test } from 'vitest'
import { STAGES } from '#app/queues/stages.ts'
import type { JobWithNewest } from '#cli/add-newest.ts'
import { renderStatus } from '#cli/render-status.ts'

const JOB = {
  id: '3',
  installation: { id: '1', account: 'acme' },
  overall: 'running',
  mode: 'full',
  trigger: 'cli',
  progress: 40,
  totalKnown: true,
  steps: {},
  newest: [],
  unfinished: [],
} as unknown as JobWithNewest

const BUDGET = {
  installationId: '1',
  resource: 'graphql',
  limit: 5_000,
  remaining: 4_832,
  resetAt: null,
  pausedUntil: null,
  reason: null,
  detail: null,
} as const

const FORECAST = { jobId: '3', expected: 1_200, atMost: false, etaAt: '2026-11-26T08:05:00.000Z' }

function linesOf(
  job: JobWithNewest,
  isListed = true,
  withheldFrom: string | null = null,
): string[] {
  const forecasts = [{ ...FORECAST, read: 480, isListed }]
  const now = new Date('2026-11-26T08:00:00Z')
  const services = { database: 'PostgreSQL', queue: 'Redis', workers: [] }
  const syncStatuses = [{ installationId: '1', withheldFrom }]
  const status = { ...services, jobs: [job], forecasts, budgets: [BUDGET], syncStatuses, now }
  return renderStatus(status, { kind: 'embedded', dataDir: '.whence' }).split('\n')
}

test('the status of a job has its progress, its end and the points left', () => {
  expect(linesOf(JOB).slice(-2)).toEqual([
    'Job 3, acme, full, started from the command line: running, 40 %',
    '  480 of 1,200 pull requests read, done in 5 min, GitHub: 4,832 of 5,000 points left',
  ])
})

test('a total that is not known yet is not shown as a percentage', () => {
  const lines = linesOf({ ...JOB, totalKnown: false }, false)
  expect(lines.at(-2)).toMatch(/running, total not known yet$/)
  expect(lines.at(-1)).toMatch(/^ {2}480 pull requests read, more repositories to come/)
})

test('embedding is left out where texts may not be sent to the provider', () => {
  const stage = { state: 'finished', reason: null, done: 3, total: 3, totalKnown: true }
  const step = { display_name: 'Repositories', details: {} as Record<string, unknown> }
  for (const name of STAGES) step.details[name] = stage
  const job = { ...JOB, steps: { github_repositories: step } } as unknown as JobWithNewest
  expect(linesOf(job, true, 'api.openai.com').slice(-5)).toEqual([
    '  Texts may not be sent to api.openai.com: new ones are found by words only',
    '  Repositories',
    '    extraction  finished    3/3',
    '    transform   finished    3/3',
    '    embedding   left out',
  ])
  expect(linesOf(job).at(-1)).toBe('    embedding   finished    3/3')
})
