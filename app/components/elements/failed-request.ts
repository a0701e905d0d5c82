import { createContext } from 'react'

/** The id of the request whose answer is the page of an error; null on other pages. */
export const FailedRequest = createContext<string | null>(null)

const MARK = 'data-request-id'

/** Marks the element that shows the id, so that the browser finds it before it renders the page again. */
export function markRequest(id: string): Record<string, string> {
  return { [MARK]: id }
}

/** Reads the id from the page that the server rendered. */
export function findFailedRequest(page: Document): string | null {
  return page.querySelector(`[${MARK}]`)?.getAttribute(MARK) ?? null
}
