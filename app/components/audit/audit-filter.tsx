import { AUDIT_ACTIONS } from '#app/audit/actions.ts'
import type { AuditFilter } from '#app/sync/status/audit-log.ts'

const BOX = 'min-h-11 w-full rounded-md border border-line bg-surface px-2.5 text-ink'
const LABEL = 'min-w-0 flex-1 text-sm text-soft'

interface Choice {
  filter: AuditFilter
  installations: { id: string; account: string }[]
}

/** The filter is in the URL, so it needs no scripts. */
export function AuditFilterForm({ filter, installations }: Choice) {
  return (
    <form method="get" action="/audit" className="mb-6 flex flex-wrap items-end gap-3">
      <label className={`${LABEL} basis-52`}>
        Action
        <select name="action" defaultValue={filter.action ?? ''} className={BOX}>
          <option value="">all</option>
          {AUDIT_ACTIONS.map((action) => (
            <option key={action}>{action}</option>
          ))}
        </select>
      </label>
      <label className={`${LABEL} basis-52`}>
        Account
        <select name="installation" defaultValue={filter.installationId ?? ''} className={BOX}>
          <option value="">all</option>
          {installations.map(({ id, account }) => (
            <option key={id} value={id}>
              {account}
            </option>
          ))}
        </select>
      </label>
      <label className={`${LABEL} basis-52`}>
        Who
        <input
          name="actor"
          defaultValue={filter.actor ?? ''}
          placeholder="a login, or the name of a token"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          className={`${BOX} placeholder:text-soft`}
        />
      </label>
      <DayField name="from" label="From (UTC)" value={filter.from} />
      <DayField name="until" label="Before (UTC)" value={filter.until} />
      <button
        type="submit"
        className="min-h-11 flex-1 basis-24 cursor-pointer rounded-md border border-accent px-5 font-medium text-accent sm:flex-none"
      >
        Filter
      </button>
    </form>
  )
}

function DayField({
  name,
  label,
  value,
}: {
  name: string
  label: string
  value: string | undefined
}) {
  return (
    <label className={`${LABEL} basis-36`}>
      {label}
      <input type="date" name={name} defaultValue={value?.slice(0, 10)} className={BOX} />
    </label>
  )
}
