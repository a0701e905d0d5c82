/**
 * Chooses the number of pull requests that the next page requests. A page that is too heavy for GitHub is
 * retried narrower. After RESOURCE_LIMITS_EXCEEDED, the width closes in on the limit from both sides: from
 * the widest page that succeeded and the narrowest that failed.
 */
import { WIDEST_PAGE } from '#app/github/queries/pull-requests.ts'
import type { PageWidth } from '#app/ledger/payloads.ts'

/** Clean pages in a row before a wider page is tried. */
const ANSWER_MS = 2
/** Clean pages at the ceiling before the ceiling is raised, since pages differ in weight. */
const CEILING_PATIENCE = 12

/** @param widest the most pull requests that cost one point. */
export function firstWidth(ceiling: number | null, widest = WIDEST_PAGE): PageWidth {
  const width = Math.max(1, Math.min(ceiling ?? widest, widest))
  return { width, ceiling: width, good: width === widest ? 0 : width, clean: 0 }
}

/** Returns the width after a page that succeeded at the first attempt. */
export function afterClean(state: PageWidth, widest = WIDEST_PAGE): PageWidth {
  const { width, ceiling } = state
  const clean = state.clean + 1
  const good = Math.max(state.good, width)
  if (width < ceiling && clean >= ANSWER_MS)
    return { width: Math.ceil((width + ceiling) / 2), ceiling, good, clean: 0 }
  if (width >= ceiling && ceiling < widest && clean >= CEILING_PATIENCE)
    return { width: ceiling + 1, ceiling: ceiling + 1, good, clean: 0 }
  return { width, ceiling, good, clean }
}

/** Returns the width after RESOURCE_LIMITS_EXCEEDED: the last good width, or half. */
export function afterResourceLimits({ width, good }: PageWidth): PageWidth {
  const narrower = good > 0 && good < width ? good : Math.max(1, Math.floor(width / 2))
  return {
    width: narrower,
    ceiling: Math.max(1, width - 1),
    good: Math.min(good, narrower),
    clean: 0,
  }
}

/** Returns the width after a second failure of the same page whose error does not mention its size. */
export function afterSecondFailure(state: PageWidth): PageWidth {
  return { ...state, width: Math.max(1, Math.floor(state.width / 2)), clean: 0 }
}
