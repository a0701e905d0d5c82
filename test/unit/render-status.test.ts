import { expect, test } from 'vitest'
import { STAGES } from '#app/queues/stages.ts'
import type { JobStatus } from '#app/sync/status/job-status.ts'
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
  pullRequests: {
    ...{ read: 480, expected: 1_200, atMost: false, isListed: true },
    endsAt: '2026-11-26T08:05:00.000Z',
  },
  newest: [],
  points: { remaining: 4_832, limit: 5_000 },
  unfinished: [],
} as unknown as JobStatus

function linesOf(job: JobStatus, withheldFrom: string | null = null): string[] {
  const services = {
    profile: 'embedded',
    database: 'PostgreSQL',
    queue: 'Redis',
    workers: [],
  } as const
  const withheld = withheldFrom === null ? [] : [{ installation: '1', from: withheldFrom }]
  const status = { services: { ...services, workers: [] }, jobs: [job], withheld }
  return renderStatus(status, new Date('2026-11-26T08:00:00Z')).split('\n')
}

test('the status of a job has its progress, its end and the points left', () => {
  expect(linesOf(JOB).slice(-2)).toEqual([
    'Job 3, acme, full, started from the command line: running, 40 %',
    '  480 of 1,200 pull requests read, done in 5 min, GitHub: 4,832 of 5,000 points left',
  ])
})

test('a total that is not known yet is not shown as a percentage', () => {
  const pullRequests = { ...JOB.pullRequests, isListed: false } as JobStatus['pullRequests']
  const lines = linesOf({ ...JOB, totalKnown: false, pullRequests })
  expect(lines.at(-2)).toMatch(/running, total not known yet$/)
  expect(lines.at(-1)).toMatch(/^ {2}480 pull requests read, more repositories to come/)
})

test('embedding is left out where texts may not be sent to the provider', () => {
  const stage = { state: 'finished', reason: null, done: 3, total: 3, totalKnown: true }
  const step = { display_name: 'Repositories', details: {} as Record<string, unknown> }
  for (const name of STAGES) step.details[name] = stage
  const job = { ...JOB, steps: { github_repositories: step } } as unknown as JobStatus
  expect(linesOf(job, 'api.openai.com').slice(-5)).toEqual([
    '  Texts may not be sent to api.openai.com: new ones are found by words only',
    '  Repositories',
    '    extraction  finished    3/3',
    '    transform   finished    3/3',
    '    embedding   left out',
  ])
  expect(linesOf(job).at(-1)).toBe('    embedding   finished    3/3')
})

test('whoever may see no services and no jobs is told so', () => {
  const now = new Date('2026-11-26T08:00:00Z')
  const nothing = { services: null, jobs: [], withheld: [] }
  expect(renderStatus(nothing, now)).toBe('There are no jobs that you may see.')
})
