import {
  json,
  type LinksFunction,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node'
import {
  isRouteErrorResponse,
  Links,
  Meta,
  Outlet,
  Scripts,
  ScrollRestoration,
  useLocation,
  useMatches,
  useRouteError,
  useRouteLoaderData,
} from '@remix-run/react'
import { type ReactNode, useContext } from 'react'
import { isOperator, operatesAny } from '#app/auth/scope.ts'
import { FailedRequest, markRequest } from '#app/components/elements/failed-request.ts'
import { Failure } from '#app/components/elements/failure.tsx'
import { Nonce } from '#app/components/elements/nonce.ts'
import { pluralText } from '#app/components/elements/time-text.ts'
import type { ShownViewer } from '#app/components/layout/account-menu.tsx'
import { isLiveHandle } from '#app/components/layout/live-handle.ts'
import { Page } from '#app/components/layout/page.tsx'
import { type Preferences, readPreferences } from '#app/forms/preferences.server.ts'
import enhance from './enhance/index.ts?worker&url'
import styles from './tailwind.css?url'

export const links: LinksFunction = () => [
  { rel: 'icon', href: '/favicon.svg', type: 'image/svg+xml' },
  { rel: 'stylesheet', href: styles },
]

export const meta: MetaFunction = ({ error }) => [
  { title: error ? `${failureOf(error).title} · Whence` : 'Whence' },
]

/** Tells who uses this browser, and how they like the pages; a program needs no menu. */
export function loader({ request, context: { viewer, reader } }: LoaderFunctionArgs) {
  const { person, sessionId, isProgram } = viewer
  const page = { preferences: readPreferences(request), now: new Date().toISOString() }
  if (isProgram) return json({ viewer: null, ...page })
  const { scope } = reader
  const accounts = isOperator(scope) ? 0 : scope.operates.length
  const role =
    accounts === 0 ? 'Reads what GitHub shows' : `Operates ${pluralText(accounts, 'account')}`
  const shown: ShownViewer = {
    name: person?.login ?? 'Operator',
    role: person ? role : 'Sees and changes everything',
    hasSession: sessionId !== null,
    operates: operatesAny(scope),
  }
  return json({ viewer: shown, ...page })
}

/** Another person is another document: signing in and out leave the page. */
export function shouldRevalidate(): boolean {
  return false
}

export function Layout({ children }: { children: ReactNode }) {
  const nonce = useContext(Nonce)
  const { pathname, search } = useLocation()
  const root = useRouteLoaderData<typeof loader>('root')
  const { theme, keys } = root?.preferences ?? NO_PREFERENCES
  const isLive = useMatches().some(({ handle }) => isLiveHandle(handle))
  return (
    <html lang="en" data-theme={theme}>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={theme === 'system' ? 'light dark' : theme} />
        <Meta />
        <Links />
      </head>
      <body
        data-keys={keys}
        data-viewer={root?.viewer?.name}
        data-rendered-at={isLive ? undefined : root?.now}
      >
        <Page
          path={pathname}
          address={pathname + search}
          viewer={root?.viewer ?? null}
          preferences={{ theme, keys }}
        >
          {children}
        </Page>
        {isLive && (
          <>
            <ScrollRestoration nonce={nonce} />
            <Scripts nonce={nonce} />
          </>
        )}
        <script type="module" src={enhance} nonce={nonce} />
      </body>
    </html>
  )
}

const NO_PREFERENCES: Preferences = { theme: 'system', keys: 'on' }

export default function Root() {
  return <Outlet />
}

export function ErrorBoundary() {
  const error = useRouteError()
  const { title, text } = failureOf(error)
  return (
    <Failure title={title}>
      {text}
      {!isExpected(error) && <WhereToLook />}
    </Failure>
  )
}

/** Names the request if this page is its answer: a page that the browser rendered failed at another one. */
function WhereToLook() {
  const id = useContext(FailedRequest)
  const { key } = useLocation()
  if (id === null || key !== 'default') return null
  return (
    <>
      {' '}
      Look there for the request <code {...markRequest(id)}>{id}</code>.
    </>
  )
}

function isExpected(error: unknown): boolean {
  return isRouteErrorResponse(error) && error.status < 500
}

function failureOf(error: unknown): { title: string; text: string } {
  const status = isRouteErrorResponse(error) ? error.status : 500
  switch (status) {
    case 404:
      return {
        title: 'Page not found',
        text: 'The address may be mistyped, or the page may no longer exist.',
      }
    case 503:
      return {
        title: isRouteErrorResponse(error) && error.data ? String(error.data) : 'Not available',
        text: 'This page needs the database. Reload the page in a few seconds.',
      }
    default:
      return {
        title: 'This page could not be shown',
        text: 'Reload the page in a moment. The log that Whence writes to its standard error says what went wrong.',
      }
  }
}
