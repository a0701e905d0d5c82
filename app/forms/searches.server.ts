/** Handles the forms with which searches are kept and deleted. */
import type { LoadContext } from '#app/api/load-context.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import type { KeptSearch } from '#app/search/saved/saved-searches.ts'
import { noticeOf } from './decisions.server.ts'
import type { Notice } from './notices.server.ts'

/** @throws Response 503 if the database does not do it now. */
export function submitSearch(context: LoadContext, form: FormData): Promise<Notice> {
  const { ownSearches } = context.decisions
  return noticeOf(context, async () => {
    switch (form.get('intent')) {
      case 'keep-search':
        return `Kept the search "${await ownSearches.keep(searchOf(form))}".`
      case 'forget-search':
        return `Deleted the search "${await ownSearches.forget(textOf(form, 'search'))}".`
      default:
        throw new RefusedError('invalid', 'The page sent an unknown request', 'Reload the page.')
    }
  })
}

/** What is not valid is refused when it is kept. */
function searchOf(form: FormData): KeptSearch {
  return {
    ...{ name: textOf(form, 'name'), query: textOf(form, 'q') },
    mode: (textOf(form, 'mode') || 'auto') as KeptSearch['mode'],
    type: (textOf(form, 'type') || 'all') as KeptSearch['type'],
    sharedWith: textOf(form, 'shared_with') || null,
  }
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}
