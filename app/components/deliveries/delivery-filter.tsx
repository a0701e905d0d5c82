import { DELIVERY_STATES } from '#app/webhooks/log/delivery-states.ts'
import type { DeliveryFilter } from '#app/webhooks/log/read-deliveries.ts'

const BOX = 'min-h-11 w-full rounded-md border border-line bg-surface px-2.5'
const WORDS = { pending: 'waiting', handled: 'handled', ignored: 'ignored', failed: 'failed' }

/** The filter is in the URL, so it needs no scripts. */
export function DeliveryFilterForm({
  filter,
  events,
}: {
  filter: DeliveryFilter
  events: string[]
}) {
  return (
    <form method="get" action="/deliveries" className="mb-6 flex flex-wrap items-end gap-3">
      {filter.installationId && (
        <input type="hidden" name="installation" value={filter.installationId} />
      )}
      <label className="flex-1 basis-36 text-sm text-soft">
        State
        <select name="state" defaultValue={filter.state ?? ''} className={`${BOX} text-ink`}>
          <option value="">all</option>
          {DELIVERY_STATES.map((state) => (
            <option key={state} value={state}>
              {WORDS[state]}
            </option>
          ))}
        </select>
      </label>
      <label className="flex-1 basis-52 text-sm text-soft">
        Event
        <select name="event" defaultValue={filter.event ?? ''} className={`${BOX} text-ink`}>
          <option value="">all</option>
          {withOwn(events, filter.event).map((event) => (
            <option key={event}>{event}</option>
          ))}
        </select>
      </label>
      <label className="flex-1 basis-52 text-sm text-soft">
        Repository
        <input
          name="repository"
          defaultValue={filter.repository ?? ''}
          placeholder="owner/name"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          className={`${BOX} text-ink placeholder:text-soft`}
        />
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

/** The chosen event may be one that has not come lately. */
function withOwn(events: string[], chosen: string | undefined): string[] {
  return chosen === undefined || events.includes(chosen) ? events : [chosen, ...events]
}
