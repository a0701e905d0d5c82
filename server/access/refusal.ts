import type { Request } from 'express'
import { ownPath } from '#app/sign-in/own-path.ts'

export interface Link {
  href: string
  text: string
}

/** An answer to a request that is not let in, or that no route should see. */
export interface Refusal {
  status: number
  title: string
  paragraphs: string[]
  /** Shown on pages, after the text. */
  links?: Link[]
  /** Seconds. */
  retryAfter?: number
}

/** Links that begin a sign-in and lead back to the page that was asked for. */
export function signInLinks({
  method,
  originalUrl,
}: Pick<Request, 'method' | 'originalUrl'>): Link[] {
  const page = method === 'GET' ? ownPath(originalUrl) : '/'
  return linksBackTo(page)
}

/** @param page a path of our own. */
export function linksBackTo(page: string): Link[] {
  const query = new URLSearchParams(page === '/' ? {} : { return_to: page })
  const other = new URLSearchParams([...query, ['account', 'other']])
  return [
    { href: `/auth/github${query.size > 0 ? `?${query}` : ''}`, text: 'Sign in with GitHub' },
    { href: `/auth/github?${other}`, text: 'Use another GitHub account' },
  ]
}

/** Answers somebody whose access GitHub does not tell now. */
export function cannotTell(reason: string): Refusal {
  return {
    status: 503,
    title: 'Whence cannot tell what you may read',
    paragraphs: [
      `${reason}.`,
      'What GitHub said last is too old to be used. GitHub is asked again at your next request.',
    ],
  }
}
