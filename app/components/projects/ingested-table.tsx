import type { IngestedRef } from '#app/code/views/projects.ts'
import { CELL, DataTable } from '../elements/data-table.tsx'
import { Moment } from '../elements/moment.tsx'
import { countText } from '../elements/time-text.ts'
import { BOX } from '../settings/fields.tsx'

const HEADS = ['Project and dataset', 'Repository', 'Commit', 'Files', 'Chunks', 'Ingested']

/** Lists what is ingested. */
export function IngestedTable({ refs, now }: { refs: IngestedRef[]; now: string }) {
  return (
    <DataTable heads={HEADS}>
      <tbody className="divide-y divide-line">
        {refs.map((one) => (
          <tr key={one.id}>
            <th scope="row" className={`${CELL} font-normal`}>
              {one.project}/{one.dataset}
              {one.scope === 'shared' && <span className="block text-sm text-soft">shared</span>}
            </th>
            <td className={`${CELL} min-w-40 [overflow-wrap:anywhere]`}>
              <a
                className="text-accent underline underline-offset-4"
                href={`/search?${new URLSearchParams({ q: `repo:${one.repository} `, type: 'code' })}`}
              >
                {one.repository}
              </a>
              <span className="block text-sm text-soft">{one.branch}</span>
            </td>
            <td className={CELL}>
              {one.oid ? <code>{one.oid.slice(0, 12)}</code> : 'not ingested yet'}
            </td>
            <td className={CELL}>{one.oid && countText(one.files)}</td>
            <td className={CELL}>{one.oid && countText(one.chunks)}</td>
            <td className={CELL}>{one.indexedAt && <Moment at={one.indexedAt} now={now} />}</td>
          </tr>
        ))}
      </tbody>
    </DataTable>
  )
}

interface DeleteFormProps {
  project: string
  dataset: string
  /** The address of the page. */
  here: string
}

/** Deletes a dataset, after its name was typed. */
export function DeleteForm({ project, dataset, here }: DeleteFormProps) {
  const id = `delete-${project}-${dataset}`
  return (
    <details className="rounded-md border border-line bg-surface px-4 py-2.5">
      <summary className="cursor-pointer py-1">
        Delete {project}/{dataset}
      </summary>
      <form method="post" action={here} className="mt-3 flex flex-wrap items-end gap-3 pb-2">
        <input type="hidden" name="project" value={project} />
        <input type="hidden" name="dataset" value={dataset} />
        <div className="min-w-0 flex-1 basis-64">
          <label htmlFor={id} className="mb-1 block text-sm">
            Type <strong>{dataset}</strong> to confirm
          </label>
          <input id={id} name="confirmation" required autoComplete="off" className={BOX} />
        </div>
        <button
          type="submit"
          name="intent"
          value="delete"
          className="min-h-11 cursor-pointer rounded-md border border-fail px-5 font-medium text-fail"
        >
          Delete permanently
        </button>
      </form>
    </details>
  )
}
