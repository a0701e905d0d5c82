import type { ReactNode } from 'react'
import type { CodeSums } from '#app/code/views/code-sums.ts'
import { isOpen } from '#app/ledger/run-states.ts'
import { STEPS, type StepName } from '#app/ledger/steps.ts'
import type { Job, StageView, StepView } from '#app/ledger/views/job.ts'
import type { LastHour } from '#app/ledger/views/run-clocks.ts'
import { STAGES } from '#app/queues/stages.ts'
import { Ago } from '../elements/moment.tsx'
import { pluralText } from '../elements/time-text.ts'
import { STAGE_TITLES, StageCell } from '../jobs/stage-cell.tsx'
import { StageReasons } from '../jobs/stage-reasons.tsx'
import { meaningOf } from '../jobs/stage-words.ts'
import { LINK } from './card-lines.tsx'

interface Row {
  name: StepName
  step: StepView
  /** Of this installation. */
  lastHour: LastHour[]
  /** False if texts may not be sent to the embedding provider. */
  isEmbedded: boolean
  now: string
  children?: ReactNode
}

/** A step with its three stages. */
export function StepRow({ name, step, lastHour, isEmbedded, now, children }: Row) {
  return (
    <li className="gap-x-6 px-4 py-4 sm:grid sm:grid-cols-[1fr_3fr] sm:px-5">
      <div>
        <h4 className="text-[0.9375rem] leading-snug font-medium">{step.display_name}</h4>
        {children}
      </div>
      <ol className="mt-3 grid gap-x-5 gap-y-3 sm:mt-0 sm:grid-cols-3">
        {STAGES.map((stage) => (
          <StageCell
            key={stage}
            step={name}
            name={stage}
            stage={step.details[stage]}
            isLeftOut={stage === 'embedding' && !isEmbedded}
            lastHour={
              lastHour.find((one) => one.step === name && one.stage === stage)?.settled ?? 0
            }
            now={now}
          />
        ))}
      </ol>
      <StageReasons step={step} now={now} />
    </li>
  )
}

interface CodeStep extends Pick<Row, 'lastHour' | 'now'> {
  installationId: string
  /** The current jobs of the installation; those of code have their own. */
  jobs: Job[]
  sums: CodeSums | undefined
}

/** The step of code: of all jobs that ingest code now, or else what their results are. */
export function CodeRow({ installationId, jobs, sums, ...row }: CodeStep) {
  const open = jobs.filter(({ ingest, overall }) => ingest && isOpen(overall))
  const [first] = open
  if (first)
    return (
      <StepRow name="github_code" step={joinSteps(open)} isEmbedded {...row}>
        <p className="text-sm text-soft">{pluralText(open.length, 'job')} below</p>
      </StepRow>
    )
  return (
    <li className="gap-x-6 px-4 py-4 sm:grid sm:grid-cols-[1fr_3fr] sm:px-5">
      <h4 className="text-[0.9375rem] leading-snug font-medium">Code</h4>
      {sums ? (
        <p className="text-[0.9375rem]">
          {pluralText(sums.files, 'file')} in {pluralText(sums.branches, 'branch', 'branches')} of{' '}
          {pluralText(sums.repositories, 'repository', 'repositories')} can be searched
          {sums.indexedAt && (
            <span className="text-soft">
              ; the newest was indexed <Ago at={sums.indexedAt} now={row.now} />
            </span>
          )}
        </p>
      ) : (
        <p className="text-[0.9375rem] text-soft">
          No code is copied.{' '}
          <a className={LINK} href={`/installations/${installationId}/settings#code`}>
            Choose repositories
          </a>
        </p>
      )}
    </li>
  )
}

/** Adds up the stages of jobs that ingest code. Reasons are those of the first that has one. */
function joinSteps(jobs: Job[]): StepView {
  const steps = jobs.map((job) => job.steps.github_code)
  const [first] = steps as [StepView]
  const details = Object.fromEntries(
    STAGES.map((stage) => [stage, joinStages(steps.map((step) => step.details[stage]))]),
  ) as StepView['details']
  return { ...first, details }
}

const ORDER = ['failed', 'running', 'paused', 'cancelled', 'idle', 'finished'] as const
const SUMMED = ['total', 'done', 'failed', 'gaps', 'pending', 'running', 'snoozed'] as const

function joinStages(views: StageView[]): StageView {
  const [first] = views as [StageView]
  const sums = Object.fromEntries(
    SUMMED.map((field) => [field, views.reduce((sum, view) => sum + view[field], 0)]),
  ) as Pick<StageView, (typeof SUMMED)[number]>
  return {
    ...first,
    ...sums,
    state: ORDER.find((state) => views.some((view) => view.state === state)) ?? 'idle',
    reason: views.find(({ reason }) => reason)?.reason ?? null,
    totalKnown: views.every(({ totalKnown }) => totalKnown),
    ratePerMinute: null,
    etaAt: null,
  }
}

/** Explains what the stages count. */
export function WordsOfStages() {
  return (
    <details className="mt-3">
      <summary className="w-fit cursor-pointer text-[0.9375rem]">What these numbers count</summary>
      <dl className="mt-2 grid gap-x-6 gap-y-2 text-[0.9375rem] sm:grid-cols-[auto_1fr]">
        {STEPS.map(({ name, displayName }) =>
          STAGES.map((stage) => (
            <div key={`${name}/${stage}`} className="contents">
              <dt className="text-soft">
                {displayName}, {STAGE_TITLES[stage].toLowerCase()}
              </dt>
              <dd>{meaningOf(name, stage)}</dd>
            </div>
          )),
        )}
      </dl>
    </details>
  )
}
