import type { CopyState, TableRow } from '#app/archive/repository-table.ts'
import { ActionForm } from '../elements/action-form.tsx'
import { CELL, DataTable } from '../elements/data-table.tsx'
import { Ago } from '../elements/moment.tsx'
import { OutwardLink } from '../elements/outward-link.tsx'
import type { ShownState } from '../elements/states.ts'
import { countText, pluralText } from '../elements/time-text.ts'
import { StateMark } from '../jobs/state-mark.tsx'
import { STATE_NAMES } from './table-address.ts'

const HEADS = ['Repository', 'Copy', 'Pull requests', 'Texts', 'Code', 'Pushed']
const NUMBER = `${CELL} whitespace-nowrap`

const MARKS: Record<CopyState, ShownState> = {
  read: 'finished',
  limited: 'finished',
  gaps: 'finished_with_gaps',
  unread: 'idle',
}

/** @param back the address of this page, for the forms. */
export function RepositoryTable({
  rows,
  back,
  now,
}: {
  rows: TableRow[]
  back: string
  now: string
}) {
  return (
    <DataTable heads={HEADS}>
      <tbody className="divide-y divide-line">
        {rows.map((row) => (
          <tr key={row.id}>
            <th scope="row" className={`${CELL} min-w-44 font-normal`}>
              <a
                href={`/search?q=${encodeURIComponent(`repo:${row.fullName}`)}`}
                className="font-medium wrap-anywhere underline-offset-4 hover:underline"
              >
                {row.fullName}
              </a>
              <span className="block text-sm text-soft">
                {row.visibility.toLowerCase()}
                {row.isArchived && ', archived'} ·{' '}
                <OutwardLink href={row.url}>
                  on GitHub<span className="sr-only">: {row.fullName}</span>
                </OutwardLink>
              </span>
            </th>
            <td className={`${CELL} min-w-40`}>
              <Copy row={row} now={now} />
              {row.isOperated && <SyncThis row={row} back={back} />}
            </td>
            <td className={NUMBER}>
              {row.stored === row.github
                ? countText(row.stored)
                : `${countText(row.stored)} of ${countText(row.github)}`}
            </td>
            <td className={NUMBER}>
              {row.passages === null ? (
                <span className="text-soft">not counted</span>
              ) : (
                countText(row.passages)
              )}
            </td>
            <td className={NUMBER}>
              {row.branches === 0 ? (
                <span className="text-soft">none</span>
              ) : (
                pluralText(row.branches, 'branch', 'branches')
              )}
            </td>
            <td className={NUMBER}>
              {row.pushedAt ? (
                <Ago at={row.pushedAt} now={now} />
              ) : (
                <span className="text-soft">never</span>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </DataTable>
  )
}

function Copy({ row, now }: { row: TableRow; now: string }) {
  const { state, gaps, incomplete, syncedUntil } = row
  const isWhole = incomplete === 0 || state === 'unread'
  return (
    <>
      <StateMark
        state={isWhole ? MARKS[state] : 'finished_with_gaps'}
        word={state === 'gaps' ? pluralText(gaps, 'gap') : STATE_NAMES[state]}
      />
      {!isWhole && (
        <span className="block text-sm text-warn">
          {pluralText(incomplete, 'pull request')} incomplete
        </span>
      )}
      {syncedUntil && (
        <span className="block text-sm text-soft">
          as of <Ago at={syncedUntil} now={now} />
        </span>
      )}
    </>
  )
}

function SyncThis({ row, back }: { row: TableRow; back: string }) {
  const fields = { intent: 'sync', installation: row.installationId, repository: row.fullName }
  return (
    <ActionForm fields={fields} to={back}>
      <button
        type="submit"
        className="mt-1 min-h-9 cursor-pointer text-sm text-accent underline underline-offset-4"
      >
        Sync now<span className="sr-only">: {row.fullName}</span>
      </button>
    </ActionForm>
  )
}
