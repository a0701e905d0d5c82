import type { SavedSearch, SharedWith } from '#app/search/saved/saved-searches.ts'
import { type SearchState, searchAddress } from '#app/search/saved/search-address.ts'
import { LINK } from '../elements/outward-link.tsx'
import { BOX, TextField } from '../settings/fields.tsx'

const BUTTON =
  'min-h-11 cursor-pointer rounded-md border border-line bg-surface px-5 font-medium hover:bg-sunken'

interface Keep {
  searchState: SearchState
  /** Installations with whose readers the viewer can share it. */
  audiences: SharedWith[]
}

/** Keeps the search that is shown under a name. */
export function KeepSearch({ searchState, audiences }: Keep) {
  const { query, mode, type } = searchState
  return (
    <details className="text-[0.9375rem] open:w-full">
      <summary className="w-fit cursor-pointer text-soft">Save this search</summary>
      <form
        method="post"
        action="/search"
        className="mt-3 space-y-4 rounded-lg border border-line bg-surface px-4 py-4 sm:px-5"
      >
        <input type="hidden" name="q" value={query} />
        <input type="hidden" name="mode" value={mode} />
        <input type="hidden" name="type" value={type} />
        <TextField
          name="name"
          label="Name"
          help="A name that you have used before replaces that search."
          value=""
        />
        {audiences.length > 0 && (
          <div>
            <label htmlFor="shared_with" className="mb-1 block font-medium">
              Who sees it
            </label>
            <select id="shared_with" name="shared_with" className={BOX}>
              <option value="">only me</option>
              {audiences.map(({ id, account }) => (
                <option key={id} value={id}>
                  everybody who reads repositories of {account}
                </option>
              ))}
            </select>
          </div>
        )}
        <button type="submit" name="intent" value="keep-search" className={BUTTON}>
          Save
        </button>
      </form>
    </details>
  )
}

/** Lists the saved searches, with a button to delete one's own. */
export function SavedSearches({ saved }: { saved: SavedSearch[] }) {
  if (saved.length === 0) return null
  return (
    <section aria-labelledby="saved" className="mt-8 max-w-xl">
      <h2 id="saved" className="text-lg font-semibold">
        Saved searches
      </h2>
      <ul className="mt-2 divide-y divide-line rounded-lg border border-line bg-surface">
        {saved.map((one) => (
          <li
            key={one.id}
            className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4 py-2"
          >
            <div className="min-w-0 flex-1 basis-60 leading-snug wrap-anywhere">
              <a href={searchAddress(one)} className={LINK}>
                {one.name}
              </a>
              <p className="text-sm text-soft">
                {one.query}
                {one.sharedWith !== null && `, ${sharedText(one)}`}
              </p>
            </div>
            {one.isOwn && (
              <form method="post" action="/search">
                <input type="hidden" name="search" value={one.id} />
                <button
                  type="submit"
                  name="intent"
                  value="forget-search"
                  className="min-h-9 cursor-pointer text-sm text-fail underline underline-offset-4 hover:no-underline"
                >
                  Delete<span className="sr-only"> {one.name}</span>
                </button>
              </form>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

function sharedText({ sharedWith, sharedBy }: SavedSearch): string {
  return `shared with the readers of ${sharedWith} by ${sharedBy ?? 'the operator'}`
}
