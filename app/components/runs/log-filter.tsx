import { EVENT_LEVELS, type EventLevel } from '#app/ledger/run-events.ts'
import { STEPS, type StepName } from '#app/ledger/steps.ts'
import { FilterForm, SelectField, TextField } from '../elements/filter-form.tsx'

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

const LEVELS = EVENT_LEVELS.map((level) => [level, LEVEL_NAMES[level]] as const)
const STEP_NAMES = STEPS.map(({ name, displayName }) => [name, displayName] as const)

export function LogFilterForm({ runId, filter }: { runId: string; filter: LogFilter }) {
  const { text, level, step } = filter
  return (
    <FilterForm action={`/jobs/${runId}#log`} label="Log" className="mb-4">
      <TextField
        {...{ name: 'q', label: 'Text', value: text, width: 'flex-1 basis-60' }}
        type="search"
        placeholder="message or repository"
      />
      <SelectField
        {...{ name: 'level', label: 'Level', value: level, width: 'flex-1 basis-40 sm:flex-none' }}
        options={LEVELS}
        all={null}
      />
      <SelectField
        {...{ name: 'step', label: 'Step', value: step, width: 'flex-1 basis-40 sm:max-w-56' }}
        options={STEP_NAMES}
      />
    </FilterForm>
  )
}
