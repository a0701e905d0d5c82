import { describe, expect, test } from 'vitest'
import { mergeJobs, updateJobs } from '#app/components/live/live-jobs.ts'
import type { Job } from '#app/ledger/views/job.ts'

function job(id: string | null, overall: Job['overall'], changes: Partial<Job> = {}): Job {
  const installation = { id: '1', account: 'octo' }
  const rest = { version: '1', mode: 'full', installation, ...changes }
  return { id, overall, ...rest } as Job
}

const LOADED = '2026-11-24T10:00:00.000Z'
const BEFORE = '2026-11-24T09:59:59.000Z'
const AFTER = '2026-11-24T10:00:01.000Z'

function states(jobs: Job[]): string[] {
  return jobs.map(({ id, overall }) => `${id} ${overall}`)
}

describe('loaded and received jobs', () => {
  test('merge to the later version of each job, in either order', () => {
    const received = [{ job: job('1', 'paused', { version: '3' }), at: BEFORE }]
    expect(states(mergeJobs([job('1', 'running', { version: '2' })], LOADED, received))).toEqual([
      '1 paused',
    ])
    expect(states(mergeJobs([job('1', 'running', { version: '4' })], LOADED, received))).toEqual([
      '1 running',
    ])
  })

  test('with equal versions merge to the later state', () => {
    const found = job('1', 'running', { phase: 'stalled' })
    const loaded = job('1', 'running', { phase: 'running' })
    const merge = (at: string) => mergeJobs([loaded], LOADED, [{ job: found, at }])[0]?.phase
    expect([merge(BEFORE), merge(AFTER)]).toEqual(['running', 'stalled'])
  })

  test('keep their order and their number where a page lists them', () => {
    const loaded = [job('2', 'running', { mode: 'code' }), job('1', 'failed', { mode: 'code' })]
    const received = [
      { job: job('2', 'finished', { mode: 'code', version: '2' }), at: AFTER },
      { job: job('3', 'running', { mode: 'code' }), at: AFTER },
    ]
    expect(states(updateJobs(loaded, LOADED, received))).toEqual(['2 finished', '1 failed'])
  })

  test('replace a job that has ended, or a missing one, with an open job', () => {
    const received = [{ job: job('2', 'running'), at: AFTER }]
    expect(states(mergeJobs([job('1', 'finished')], LOADED, received))).toEqual(['2 running'])
    expect(states(mergeJobs([job(null, 'ready')], LOADED, received))).toEqual(['2 running'])
  })

  test('keep only the latest ended job, and no targeted one', () => {
    const received = [
      { job: job('2', 'finished', { version: '9' }), at: AFTER },
      { job: job('3', 'finished', { mode: 'targeted' }), at: AFTER },
    ]
    expect(states(mergeJobs([job('1', 'failed')], LOADED, received))).toEqual(['2 finished'])
  })

  test('do not restore a job that the loader no longer returns', () => {
    const received = [{ job: job('1', 'running'), at: BEFORE }]
    expect(states(mergeJobs([job('2', 'running')], LOADED, received))).toEqual(['2 running'])
  })

  test('are kept separate by installation', () => {
    const other = job('2', 'running', { installation: { id: '2', account: 'other' } })
    const merged = mergeJobs([job('1', 'finished')], LOADED, [{ job: other, at: AFTER }])
    expect(states(merged)).toEqual(['1 finished', '2 running'])
  })
})
