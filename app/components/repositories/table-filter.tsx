import {
  COPY_STATES,
  TABLE_ORDERS,
  type TableFilter,
  type TableSums,
} from '#app/archive/repository-table.ts'
import { countText } from '../elements/time-text.ts'
import { ORDER_NAMES, STATE_NAMES, tableAddress } from './table-address.ts'

const BOX = 'min-h-11 w-full rounded-md border border-line bg-surface px-2.5 text-ink'
const TAB =
  'inline-flex min-h-9 items-center gap-1.5 rounded-full border border-line px-3 text-sm hover:bg-sunken aria-[current]:border-accent aria-[current]:font-medium aria-[current]:text-accent'

/** The sums, each of which leads to its repositories, and a form; all of it is in the address. */
export function TableFilterForm({ filter, sums }: { filter: TableFilter; sums: TableSums }) {
  const states = [null, ...COPY_STATES.filter((state) => sums[state] > 0)]
  return (
    <div className="mb-5 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <nav aria-label="States" className="flex flex-wrap gap-2">
        {states.map((state) => (
          <a
            key={state}
            href={tableAddress({ ...filter, state, page: 1 })}
            aria-current={state === filter.state ? 'page' : undefined}
            className={TAB}
          >
            {state === null ? 'all' : STATE_NAMES[state]}
            <span className="text-soft">{countText(sums[state ?? 'all'])}</span>
          </a>
        ))}
      </nav>
      <form method="get" action="/repositories" className="flex flex-wrap items-end gap-2">
        {filter.state !== null && <input type="hidden" name="state" value={filter.state} />}
        <label className="text-sm text-soft">
          Name
          <input name="q" defaultValue={filter.named} autoComplete="off" className={BOX} />
        </label>
        <label className="text-sm text-soft">
          Order
          <select name="order" defaultValue={filter.order} className={BOX}>
            {TABLE_ORDERS.map((order) => (
              <option key={order} value={order}>
                {ORDER_NAMES[order]}
              </option>
            ))}
          </select>
        </label>
        <button
          type="submit"
          className="min-h-11 cursor-pointer rounded-md border border-accent px-4 font-medium text-accent"
        >
          Show
        </button>
      </form>
    </div>
  )
}
