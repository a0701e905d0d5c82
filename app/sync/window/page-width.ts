/**
 * How many pull requests the next page asks for. A page that is too heavy for GitHub is asked for again
 * narrower; where GitHub says that it was too much (RESOURCE_LIMITS_EXCEEDED), the width that passed and
 * the one that did not close in on each other.
 */
import { WIDEST_PAGE } from '#app/github/queries/pull-requests.ts'
import type { PageWidth } from '#app/ledger/payloads.ts'

/** Clean pages in a row after which a wider one is tried. */
const PATIENCE = 2
/** Clean pages at the ceiling after which the ceiling itself is tried: pages differ. */
const CEILING_PATIENCE = 12

export function firstWidth(ceiling: number | null): PageWidth {
  const width = Math.max(1, Math.min(ceiling ?? WIDEST_PAGE, WIDEST_PAGE))
  return { width, ceiling: width, good: width === WIDEST_PAGE ? 0 : width, clean: 0 }
}

/** After a page that came at once. */
export function afterClean(state: PageWidth): PageWidth {
  const { width, ceiling } = state
  const clean = state.clean + 1
  const good = Math.max(state.good, width)
  if (width < ceiling && clean >= PATIENCE)
    return { width: Math.ceil((width + ceiling) / 2), ceiling, good, clean: 0 }
  if (width >= ceiling && ceiling < WIDEST_PAGE && clean >= CEILING_PATIENCE)
    return { width: ceiling + 1, ceiling: ceiling + 1, good, clean: 0 }
  return { width, ceiling, good, clean }
}

/** After RESOURCE_LIMITS_EXCEEDED: back to the last good width, or half. */
export function afterResourceLimits({ width, good }: PageWidth): PageWidth {
  const narrower = good > 0 && good < width ? good : Math.max(1, Math.floor(width / 2))
  return {
    width: narrower,
    ceiling: Math.max(1, width - 1),
    good: Math.min(good, narrower),
    clean: 0,
  }
}

/** After a second failure of the same page without a word on its size. */
export function afterSecondFailure(state: PageWidth): PageWidth {
  return { ...state, width: Math.max(1, Math.floor(state.width / 2)), clean: 0 }
}
