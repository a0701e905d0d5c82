import { FilterForm, SelectField, TextField } from '../elements/filter-form.tsx'
import { ENDED, type IngestFilter } from './ingest-address.ts'

export function IngestFilterForm({ filter: { status, project } }: { filter: IngestFilter }) {
  const results = ENDED.map((one) => [one, one] as const)
  return (
    <FilterForm action="/projects#history" className="mb-4">
      <SelectField
        {...{ name: 'status', label: 'Result', value: status, width: 'flex-1 basis-36' }}
        options={results}
      />
      <TextField name="of" label="In project" value={project} width="flex-1 basis-52" />
    </FilterForm>
  )
}
