import type { Delivery } from '#app/webhooks/log/read-deliveries.ts'
import { CELL, DataTable } from '../elements/data-table.tsx'
import { Moment } from '../elements/moment.tsx'
import { durationText } from '../jobs/job-words.ts'
import { StateMark } from '../jobs/state-mark.tsx'

const HEADS = ['Event', 'Repository', 'Received', 'Handled after', 'Outcome']

/** Lists deliveries, newest first. @param back the address of this page, for the forms. */
export function DeliveriesTable({
  deliveries,
  back,
  now,
}: {
  deliveries: Delivery[]
  back: string
  now: string
}) {
  return (
    <section aria-label="Deliveries">
      <DataTable heads={HEADS}>
        <tbody className="divide-y divide-line">
          {deliveries.map((one) => (
            <DeliveryRow key={one.id} delivery={one} back={back} now={now} />
          ))}
        </tbody>
      </DataTable>
    </section>
  )
}

const MARKS = {
  pending: { state: 'queued', word: 'waiting' },
  handled: { state: 'finished', word: 'handled' },
  ignored: { state: 'cancelled', word: 'ignored' },
  failed: { state: 'failed', word: 'failed' },
} as const

function DeliveryRow({ delivery, back, now }: { delivery: Delivery; back: string; now: string }) {
  const { event, action, installation, repository, receivedAt, sentAt, latencyMs } = delivery
  const { state, word } = MARKS[delivery.state]
  return (
    <tr>
      <th scope="row" className={`${CELL} font-normal`}>
        <code className="whitespace-nowrap">{event}</code>
        {action && <span className="block text-sm text-soft">{action}</span>}
      </th>
      <td className={CELL}>
        {repository ?? installation?.account ?? <span className="text-soft">none known</span>}
      </td>
      <td className={CELL}>
        <Moment at={receivedAt} now={now} />
        {sentAt && (
          <span className="block text-sm text-soft">
            collected; sent at <Moment at={sentAt} now={now} />
          </span>
        )}
      </td>
      <td className={`${CELL} whitespace-nowrap`}>
        {latencyMs === null ? '' : latencyText(latencyMs)}
      </td>
      <td className={CELL}>
        <StateMark state={state} word={word} />
        {delivery.outcome && <p className="min-w-48 text-sm text-soft">{delivery.outcome}</p>}
        {delivery.state !== 'pending' && <HandleAgain delivery={delivery} back={back} />}
      </td>
    </tr>
  )
}

function latencyText(ms: number): string {
  return ms < 1_000 ? `${Math.max(0, ms)} ms` : durationText(ms / 1_000)
}

function HandleAgain({ delivery, back }: { delivery: Delivery; back: string }) {
  const { id, event, action, repository } = delivery
  return (
    <form method="post" action={back} className="relative mt-1">
      <input type="hidden" name="delivery" value={id} />
      <button
        type="submit"
        name="intent"
        value="handle-again"
        className="min-h-9 cursor-pointer py-1 text-accent underline underline-offset-4"
      >
        Handle again
        <span className="sr-only">
          {' '}
          {event} {action} {repository} {id}
        </span>
      </button>
    </form>
  )
}
