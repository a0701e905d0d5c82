import type { StageReason, StageView } from '../ledger/stage-view.ts'
import type { StageName } from '../queues/stages.ts'
import { Moment } from './moment.tsx'
import { Mend } from './section.tsx'
import { StateMark } from './state-mark.tsx'
import { shownState } from './states.ts'
import { countText, pluralText } from './time-text.ts'

const STAGE_TITLES: Record<StageName, string> = {
  extraction: 'Extraction',
  transform: 'Transform',
  embedding: 'Embedding',
}

const REASONS: Record<StageReason['kind'], string> = {
  rate_limit: 'Rate limit',
  provider: 'Embedding provider',
  retrying: 'Trying again',
  stalled: 'Stands still',
  queue: 'Queue',
}

interface Cell {
  name: StageName
  stage: StageView
  now: string
}

export function StageCell({ name, stage, now }: Cell) {
  const settled = stage.done + stage.failed + stage.gaps
  return (
    <li className="min-w-0 text-[0.9375rem]">
      <div className="flex flex-wrap items-center justify-between gap-x-3 sm:block">
        <h5 className="text-soft">{STAGE_TITLES[name]}</h5>
        <StateMark
          state={shownState(stage)}
          fraction={stage.total === 0 ? 0 : settled / stage.total}
        />
      </div>
      <p className="mt-0.5">{progressText(stage)}</p>
      {(stage.failed > 0 || stage.gaps > 0) && (
        <p>
          {stage.failed > 0 && <span className="text-fail">{countText(stage.failed)} failed</span>}
          {stage.failed > 0 && stage.gaps > 0 && ', '}
          {stage.gaps > 0 && <span className="text-warn">{pluralText(stage.gaps, 'gap')}</span>}
        </p>
      )}
      {stage.reason && <Reason reason={stage.reason} now={now} />}
    </li>
  )
}

function progressText(stage: StageView): string {
  if (stage.total === 0) return stage.lastItemAt ? 'nothing to do' : 'nothing yet'
  const text = `${countText(stage.done)} of ${countText(stage.total)}`
  const isWaiting = stage.pending + stage.running + stage.snoozed === 0 && !stage.lastItemAt
  return isWaiting ? `${text} so far` : text
}

function Reason({ reason, now }: { reason: StageReason; now: string }) {
  return (
    <p className="mt-1 text-sm leading-relaxed text-warn">
      {REASONS[reason.kind]}
      {reason.until && (
        <>
          {' '}
          until <Moment at={reason.until} now={now} />
        </>
      )}
      {reason.message && <>: {reason.message}</>}
      {reason.mend && (
        <>
          . <Mend text={reason.mend} />
        </>
      )}
    </p>
  )
}
