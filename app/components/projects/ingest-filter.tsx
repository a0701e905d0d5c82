import { ENDED, type IngestFilter } from './ingest-address.ts'

const BOX = 'min-h-11 w-full rounded-md border border-line bg-surface px-2.5 text-ink'

/** The filter is in the URL, so it needs no scripts. */
export function IngestFilterForm({ filter }: { filter: IngestFilter }) {
  return (
    <form method="get" action="/projects#history" className="mb-4 flex flex-wrap items-end gap-3">
      <label className="flex-1 basis-36 text-sm text-soft">
        Result
        <select name="status" defaultValue={filter.status ?? ''} className={BOX}>
          <option value="">all</option>
          {ENDED.map((status) => (
            <option key={status}>{status}</option>
          ))}
        </select>
      </label>
      <label className="flex-1 basis-52 text-sm text-soft">
        In project
        <input
          name="of"
          defaultValue={filter.project ?? ''}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          className={BOX}
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
