import type { StageReason, StepView } from '#app/ledger/views/job.ts'
import { STAGES, type StageName } from '#app/queues/stages.ts'
import { Moment } from '../elements/moment.tsx'
import { Hint } from '../elements/section.tsx'
import { STAGE_TITLES } from './stage-cell.tsx'

const REASONS: Record<StageReason['kind'], string> = {
  rate_limit: 'Rate limit',
  provider: 'Embedding provider',
  retrying: 'Retrying',
  database: 'Database',
  stalled: 'Stalled',
  queue: 'Queue',
}

/** Explains why stages of a step are waiting; a reason shared by several stages is shown once. */
export function StageReasons({ step, now }: { step: StepView; now: string }) {
  const stages = STAGES.filter((stage) => step.details[stage].reason)
  const shared = new Map<string, { reason: StageReason; stages: StageName[] }>()
  for (const stage of stages) {
    const reason = step.details[stage].reason as StageReason
    const key = `${reason.kind}/${reason.message}`
    shared.set(key, { reason, stages: [...(shared.get(key)?.stages ?? []), stage] })
  }
  if (shared.size === 0) return null
  return (
    <ul className="mt-3 space-y-1 text-[0.9375rem] leading-relaxed sm:col-start-2">
      {[...shared].map(([key, { reason, stages }]) => (
        <li key={key}>
          <span className="text-soft">
            {stages.map((stage) => STAGE_TITLES[stage]).join(', ')}:{' '}
          </span>
          <Reason reason={reason} now={now} />
        </li>
      ))}
    </ul>
  )
}

function Reason({ reason, now }: { reason: StageReason; now: string }) {
  return (
    <span className="text-warn">
      {REASONS[reason.kind]}
      {reason.until && (
        <>
          {' '}
          until <Moment at={reason.until} now={now} />
        </>
      )}
      {reason.message && <>: {reason.message}</>}
      {reason.hint && (
        <>
          . <Hint text={reason.hint} />
        </>
      )}
      {reason.detail && (
        <span className="block text-sm text-soft">The answer was: {reason.detail}</span>
      )}
    </span>
  )
}
