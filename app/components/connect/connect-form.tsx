import { TokenFields } from '../account/tokens-section.tsx'
import { TextField } from '../settings/fields.tsx'

const BUTTON =
  'min-h-11 cursor-pointer rounded-md border border-accent px-5 font-medium text-accent hover:bg-sunken'

interface Choice {
  repositories: string[]
  /** True if there are repositories that the list leaves out. */
  hasMore: boolean
  days: readonly number[]
}

/** Makes a token for an agent. */
export function ConnectForm({ repositories, hasMore, days }: Choice) {
  return (
    <form method="post" action="/connect" className="space-y-5">
      <fieldset>
        <legend className="mb-1 font-medium">Repositories that it reads</legend>
        <div className="max-h-72 overflow-y-auto rounded-md border border-line bg-surface px-3.5 py-1">
          {repositories.map((name) => (
            <label key={name} className="flex min-h-11 items-center gap-3 [overflow-wrap:anywhere]">
              <input type="checkbox" name="repository" value={name} className="size-5 shrink-0" />
              {name}
            </label>
          ))}
        </div>
      </fieldset>
      {hasMore && (
        <TextField
          name="repository"
          label="Others"
          help="The list is not complete. Write further names as owner/name, with spaces between them."
          value=""
        />
      )}
      <TokenFields days={days} />
      <button type="submit" name="intent" value="connect-agent" className={BUTTON}>
        Create the token
      </button>
    </form>
  )
}
