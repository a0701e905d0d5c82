import type { StepName } from '#app/ledger/steps.ts'
import type { StageView } from '#app/ledger/views/job.ts'
import type { StageName } from '#app/queues/stages.ts'
import { STATE_TONES, STATE_WORDS, shownState, TONE_CLASSES } from '../elements/states.ts'
import { countText, pluralText, relativeText } from '../elements/time-text.ts'
import { StageCircle } from './stage-circle.tsx'
import { countedText, meaningOf } from './stage-words.ts'

export const STAGE_TITLES: Record<StageName, string> = {
  extraction: 'Extraction',
  transform: 'Transform',
  embedding: 'Embedding',
}

interface Cell {
  step: StepName
  name: StageName
  stage: StageView
  /** True if the stage passes everything by, so that its counts would say what was not done. */
  isLeftOut: boolean
  /** Work items that all runs of the installation settled here within the last hour. */
  lastHour: number
  now: string
}

export function StageCell({ step, name, stage, isLeftOut, lastHour, now }: Cell) {
  if (isLeftOut) return <LeftOut name={name} />
  const settled = stage.done + stage.failed + stage.gaps
  const state = shownState(stage)
  // The total so far may be a small part of the final total.
  const isPartial = state === 'running' && !stage.totalKnown
  return (
    <li className="flex min-w-0 items-start gap-3 text-[0.9375rem]">
      <StageCircle
        state={state}
        fraction={stage.total === 0 || isPartial ? null : settled / stage.total}
      />
      <div className="min-w-0">
        <div className="flex flex-wrap gap-x-2 sm:block">
          <h5 className="text-soft">{STAGE_TITLES[name]}</h5>
          <p className={`font-medium ${TONE_CLASSES[STATE_TONES[state]]}`}>{STATE_WORDS[state]}</p>
        </div>
        <p title={meaningOf(step, name)}>{countedText(step, name, stage)}</p>
        <Speed stage={stage} now={now} />
        <p className="text-sm text-soft">{countText(lastHour)} in the last hour</p>
        {(stage.failed > 0 || stage.gaps > 0) && (
          <p>
            {stage.failed > 0 && (
              <span className="text-fail">{countText(stage.failed)} failed</span>
            )}
            {stage.failed > 0 && stage.gaps > 0 && ', '}
            {stage.gaps > 0 && <span className="text-warn">{pluralText(stage.gaps, 'gap')}</span>}
          </p>
        )}
      </div>
    </li>
  )
}

function LeftOut({ name }: Pick<Cell, 'name'>) {
  return (
    <li className="flex min-w-0 items-start gap-3 text-[0.9375rem]">
      <StageCircle state="idle" fraction={null} />
      <div className="min-w-0">
        <h5 className="text-soft">{STAGE_TITLES[name]}</h5>
        <p className="font-medium text-warn">left out</p>
      </div>
    </li>
  )
}

/** Shown while the stage runs; an ended stage shows its times instead. */
function Speed({ stage, now }: { stage: StageView; now: string }) {
  if (stage.state !== 'running' || stage.reason || stage.ratePerMinute === null) return null
  const eta = stage.etaAt && stage.etaAt > now ? relativeText(stage.etaAt, now) : null
  return (
    <p className="text-sm text-soft">
      {countText(Math.max(1, Math.round(stage.ratePerMinute)))} a minute
      {eta && `, done ${eta}`}
    </p>
  )
}
