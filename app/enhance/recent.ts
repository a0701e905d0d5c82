/** What somebody searched in this browser before: kept by the browser alone, for each viewer. */

const MOST = 6

function keyOf(): string {
  return `whence-recent:${document.body.dataset.viewer ?? ''}`
}

/** Returns the newest first; none where the browser keeps nothing. */
export function readRecent(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(keyOf()) ?? '[]')
    return Array.isArray(stored) ? stored.filter((one) => typeof one === 'string') : []
  } catch {
    return []
  }
}

/** Forgets what somebody searched when they sign out: the browser may be used by others. */
export function forgetAtSignOut(): void {
  document.addEventListener('submit', ({ target }) => {
    if ((target as HTMLFormElement).getAttribute('action') !== '/sign-out') return
    try {
      localStorage.removeItem(keyOf())
    } catch {
      // The browser keeps nothing.
    }
  })
}

/** Notes the search of this page, if it is one. */
export function noteSearch(): void {
  const query = new URLSearchParams(location.search).get('q')?.trim()
  if (location.pathname !== '/search' || !query) return
  const kept = [query, ...readRecent().filter((one) => one !== query)].slice(0, MOST)
  try {
    localStorage.setItem(keyOf(), JSON.stringify(kept))
  } catch {
    // The browser keeps nothing.
  }
}
