import { expect } from 'vitest'
import { askedJob, job, jobList } from '#app/api/shapes/jobs.ts'
import { pull } from '#app/api/shapes/pulls.ts'
import { repositoryList } from '#app/api/shapes/repositories.ts'

/** Expects an answer to match the API description without undocumented fields. */
export function expectShape(method: string, path: string, body: unknown): void {
  const shape = [
    { of: /^GET jobs(\?|$)/, as: jobList },
    { of: /^POST jobs$/, as: askedJob },
    { of: /^(GET|POST) jobs\//, as: job },
    { of: /^GET repositories/, as: repositoryList },
    { of: /^GET pulls\//, as: pull },
  ].find(({ of }) => of.test(`${method} ${path}`))
  expect(shape?.as.parse(body)).toEqual(body)
}
