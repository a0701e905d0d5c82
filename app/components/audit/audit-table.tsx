import type { AuditEntry } from '#app/sync/status/audit-log.ts'
import { CELL, DataTable } from '../elements/data-table.tsx'
import { Moment } from '../elements/moment.tsx'

const HEADS = ['When', 'Who', 'Action', 'About']

/** Lists entries of the audit log, newest first. */
export function AuditTable({ entries, now }: { entries: AuditEntry[]; now: string }) {
  return (
    <section aria-label="Entries">
      <DataTable heads={HEADS}>
        <tbody className="divide-y divide-line">
          {entries.map(({ id, at, actor, action, subject, details }) => (
            <tr key={id}>
              <th scope="row" className={`${CELL} font-normal`}>
                <Moment at={at} now={now} />
                <span className="block text-sm text-soft">entry {id}</span>
              </th>
              <td className={`${CELL} min-w-36 [overflow-wrap:anywhere]`}>{actor}</td>
              <td className={CELL}>
                <code className="whitespace-nowrap">{action}</code>
              </td>
              <td className={`${CELL} min-w-52 [overflow-wrap:anywhere]`}>
                {subject}
                <Details details={details} />
              </td>
            </tr>
          ))}
        </tbody>
      </DataTable>
    </section>
  )
}

function Details({ details }: Pick<AuditEntry, 'details'>) {
  const facts = Object.entries(details)
  if (facts.length === 0) return null
  return (
    <ul className="text-sm text-soft">
      {facts.map(([name, value]) => (
        <li key={name}>
          {name}: <code>{typeof value === 'string' ? value : JSON.stringify(value)}</code>
        </li>
      ))}
    </ul>
  )
}
