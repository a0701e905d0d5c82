import { TextField } from '../settings/fields.tsx'

export interface IngestValues {
  repo: string
  project: string
  dataset: string
  branch: string
  sha: string
  isShared: boolean
}

/**
 * Asks for a repository to be ingested.
 *
 * @param values what was typed before. @param here the address of the page.
 */
export function IngestForm({ values, here }: { values: IngestValues | null; here: string }) {
  return (
    <form method="post" action={here} className="grid gap-5 sm:grid-cols-2">
      <TextField
        name="repo"
        label="Repository"
        help="owner/name, or its address on GitHub."
        value={values?.repo ?? ''}
      />
      <TextField
        name="project"
        label="Project"
        help="Created if it does not exist: a-z, 0-9, dot, hyphen and underscore."
        value={values?.project ?? ''}
      />
      <TextField
        name="dataset"
        label="Dataset"
        help="The repository's name if left empty."
        value={values?.dataset ?? ''}
      />
      <TextField
        name="branch"
        label="Branch"
        help="The default branch if left empty."
        value={values?.branch ?? ''}
      />
      <TextField
        name="sha"
        label="Commit"
        help="The newest of the branch if left empty."
        value={values?.sha ?? ''}
      />
      <div className="self-center">
        <label className="flex min-h-11 items-center gap-2.5">
          <input
            type="checkbox"
            name="shared"
            defaultChecked={values?.isShared ?? false}
            className="size-5 accent-accent"
          />
          Queries of other projects find it too
        </label>
      </div>
      <div>
        <button
          type="submit"
          name="intent"
          value="ingest"
          className="min-h-11 cursor-pointer rounded-md bg-accent px-5 font-medium text-page"
        >
          Ingest
        </button>
      </div>
    </form>
  )
}
