import { EVENT_LEVELS, type EventLevel } from '#app/ledger/run-events.ts'
import { STEPS, type StepName } from '#app/ledger/steps.ts'

/** What is shown of the log of a run; all of it is in the address. */
export interface LogFilter {
  text: string
  level: EventLevel
  step: StepName | null
}

const LEVEL_NAMES: Record<EventLevel, string> = {
  info: 'everything',
  warning: 'warnings and errors',
  error: 'errors',
}

const BOX = 'min-h-11 w-full rounded-md border border-line bg-surface px-2.5 text-ink'
const LABEL = 'min-w-0 text-sm text-soft'

export function LogFilterForm({ runId, filter }: { runId: string; filter: LogFilter }) {
  return (
    <form
      method="get"
      action={`/jobs/${runId}#log`}
      aria-label="Log"
      className="mb-4 flex flex-wrap items-end gap-3"
    >
      <label className={`${LABEL} flex-1 basis-60`}>
        Text
        <input
          type="search"
          name="q"
          defaultValue={filter.text}
          placeholder="message or repository"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          className={`${BOX} placeholder:text-soft`}
        />
      </label>
      <label className={`${LABEL} flex-1 basis-40 sm:flex-none`}>
        Level
        <select name="level" defaultValue={filter.level} className={BOX}>
          {EVENT_LEVELS.map((level) => (
            <option key={level} value={level}>
              {LEVEL_NAMES[level]}
            </option>
          ))}
        </select>
      </label>
      <label className={`${LABEL} flex-1 basis-40 sm:max-w-56`}>
        Step
        <select name="step" defaultValue={filter.step ?? ''} className={BOX}>
          <option value="">all</option>
          {STEPS.map(({ name, displayName }) => (
            <option key={name} value={name}>
              {displayName}
            </option>
          ))}
        </select>
      </label>
      <button
        type="submit"
        className="min-h-11 flex-1 basis-24 cursor-pointer rounded-md border border-accent px-5 font-medium text-accent sm:flex-none"
      >
        Filter
      </button>
    </form>
  )
}
