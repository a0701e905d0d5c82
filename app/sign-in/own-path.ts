/** Any origin would do: an address that leaves it is not ours. */
const ORIGIN = 'http://whence.invalid'
const LONGEST = 2_000
/** Addresses that do something when they are opened, or that are for programs. */
const NO_PAGE = /^\/(auth|operator|sign-out|session|api|mcp|events|metrics|webhooks|assets)(\/|$)/i

/**
 * Returns the path and the query of a page of our own, to which a browser may be sent; `/` for anything else.
 * What a browser would take for another site is normalized first, as browsers do it.
 */
export function ownPath(text: string): string {
  if (!text.startsWith('/') || text.length > LONGEST || !URL.canParse(text, ORIGIN)) return '/'
  const { origin, pathname, search } = new URL(text, ORIGIN)
  // `/.//evil.example` becomes `//evil.example` only when it is normalized.
  if (origin !== ORIGIN || pathname.startsWith('//') || NO_PAGE.test(pathname)) return '/'
  return pathname + search
}
