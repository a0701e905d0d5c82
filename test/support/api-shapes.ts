import { expect } from 'vitest'
import { auditLog } from '#app/api/shapes/audit.ts'
import { codeAnswer, deletion, ingestHistory, ingestJob } from '#app/api/shapes/code.ts'
import { delivery, deliveryList } from '#app/api/shapes/deliveries.ts'
import { jobList, jobRequest, oneJob } from '#app/api/shapes/jobs.ts'
import { everyRepository } from '#app/api/shapes/repositories.ts'
import { pullSchema } from '#app/archive/pull-shapes.ts'
import { datasetSettings } from '#app/code/ingest/read-datasets.ts'
import { job } from '#app/ledger/views/job.ts'
import { runLog } from '#app/ledger/views/run-log.ts'
import { status } from '#app/sync/status/status.ts'
import { whyAnswer } from '#app/why/why-answer.ts'

/** Expects an answer to match the API description without undocumented fields. */
export function expectShape(method: string, path: string, body: unknown): void {
  const shape = [
    { of: /^GET jobs(\?|$)/, as: jobList },
    { of: /^POST jobs$/, as: jobRequest },
    { of: /^GET jobs\/\d+\/log/, as: runLog },
    { of: /^GET jobs\//, as: oneJob },
    { of: /^POST jobs\//, as: job },
    { of: /^GET status$/, as: status },
    { of: /^GET deliveries/, as: deliveryList },
    { of: /^POST deliveries\//, as: delivery },
    { of: /^GET audit/, as: auditLog },
    { of: /^GET repositories/, as: everyRepository },
    { of: /^GET why/, as: whyAnswer },
    { of: /^GET pulls\//, as: pullSchema },
    { of: /^POST projects\/\w+\/ingest/, as: ingestJob },
    { of: /^DELETE projects\/\w+\/ingest/, as: deletion },
    { of: /^GET projects\/\w+\/ingest\/history/, as: ingestHistory },
    { of: /^(?:GET|PATCH) projects\/\w+\/datasets\//, as: datasetSettings },
    { of: /^POST projects\/\w+\/query/, as: codeAnswer },
  ].find(({ of }) => of.test(`${method} ${path}`))
  // As it is sent: a pull request's times are parsed.
  expect(JSON.parse(JSON.stringify(shape?.as.parse(body)))).toEqual(body)
}
