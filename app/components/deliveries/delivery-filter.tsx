import { DELIVERY_STATES } from '#app/webhooks/log/delivery-states.ts'
import type { DeliveryFilter } from '#app/webhooks/log/read-deliveries.ts'
import { FilterForm, SelectField, TextField } from '../elements/filter-form.tsx'

const WORDS = { pending: 'waiting', handled: 'handled', ignored: 'ignored', failed: 'failed' }
const WIDE = 'flex-1 basis-52'

interface Choice {
  filter: DeliveryFilter
  events: string[]
}

export function DeliveryFilterForm({ filter, events }: Choice) {
  const { installationId, state, event, repository } = filter
  const states = DELIVERY_STATES.map((one) => [one, WORDS[one]] as const)
  const named = withOwn(events, event).map((one) => [one, one] as const)
  return (
    <FilterForm action="/deliveries">
      {installationId && <input type="hidden" name="installation" value={installationId} />}
      <SelectField
        {...{ name: 'state', label: 'State', value: state, width: 'flex-1 basis-36' }}
        options={states}
      />
      <SelectField name="event" label="Event" value={event} width={WIDE} options={named} />
      <TextField
        {...{ name: 'repository', label: 'Repository', value: repository, width: WIDE }}
        placeholder="owner/name"
      />
    </FilterForm>
  )
}

/** The chosen event may be one that has not come lately. */
function withOwn(events: string[], chosen: string | undefined): string[] {
  return chosen === undefined || events.includes(chosen) ? events : [chosen, ...events]
}
