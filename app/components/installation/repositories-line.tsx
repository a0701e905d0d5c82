import type { TableSums } from '#app/archive/repository-table.ts'
import { countText, pluralText } from '../elements/time-text.ts'
import { STATE_NAMES, tableAddress } from '../repositories/table-address.ts'
import { LINK, Line } from './card-lines.tsx'

const STATES = ['read', 'limited', 'gaps', 'unread'] as const

/** How many repositories of an account are copied how far; each number leads to the table of them. */
export function RepositoriesLine({ account, sums }: { account: string; sums: TableSums }) {
  const filter = { named: `${account}/`, order: 'name', page: 1 } as const
  return (
    <Line>
      <p className="min-w-0">
        {pluralText(sums.all, 'repository', 'repositories')}:{' '}
        {STATES.filter((state) => sums[state] > 0).map((state, index) => (
          <span key={state}>
            {index > 0 && ', '}
            <a
              className={`underline underline-offset-4 ${state === 'gaps' ? 'text-warn' : 'text-accent'}`}
              href={tableAddress({ ...filter, state })}
            >
              {countText(sums[state])} {STATE_NAMES[state]}
            </a>
          </span>
        ))}
      </p>
      <a className={LINK} href={tableAddress({ ...filter, state: null })}>
        Repositories of {account}
      </a>
    </Line>
  )
}
