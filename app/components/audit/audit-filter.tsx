import { AUDIT_ACTIONS } from '#app/audit/actions.ts'
import type { AuditFilter } from '#app/sync/status/audit-log.ts'
import { FilterForm, SelectField, TextField } from '../elements/filter-form.tsx'

const WIDE = 'flex-1 basis-52'
const DAY = 'flex-1 basis-36'

interface Choice {
  filter: AuditFilter
  installations: { id: string; account: string }[]
}

export function AuditFilterForm({ filter, installations }: Choice) {
  const { action, installationId, actor, from, until } = filter
  const actions = AUDIT_ACTIONS.map((one) => [one, one] as const)
  const accounts = installations.map(({ id, account }) => [id, account] as const)
  return (
    <FilterForm action="/audit">
      <SelectField name="action" label="Action" value={action} width={WIDE} options={actions} />
      <SelectField
        {...{ name: 'installation', label: 'Account', value: installationId, width: WIDE }}
        options={accounts}
      />
      <TextField
        {...{ name: 'actor', label: 'Who', value: actor, width: WIDE }}
        placeholder="a login, or the name of a token"
      />
      <TextField
        {...{ name: 'from', label: 'From (UTC)', value: from?.slice(0, 10), width: DAY }}
        type="date"
      />
      <TextField
        {...{ name: 'until', label: 'Before (UTC)', value: until?.slice(0, 10), width: DAY }}
        type="date"
      />
    </FilterForm>
  )
}
