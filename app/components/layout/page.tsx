import type { ReactNode } from 'react'
import type { Preferences } from '#app/forms/preferences.server.ts'
import { SearchBox } from '../search/search-box.tsx'
import { AccountMenu, type ShownViewer } from './account-menu.tsx'
import { KeySheet } from './key-sheet.tsx'

const NAVIGATION = [
  { path: '/', name: 'Home' },
  { path: '/pulls', name: 'Pull requests' },
  { path: '/repositories', name: 'Repositories' },
  { path: '/projects', name: 'Projects' },
] as const

/** These have no other box than their own. */
const WITHOUT_BOX = /^\/(search|setup)(\/|$)/

interface PageProps {
  /** Path of this page, used to mark the current navigation link. */
  path: string
  /** Path and query, to which a change of preferences leads back. */
  address: string
  /** Null if it is not known, as where nothing was loaded. */
  viewer: ShownViewer | null
  preferences: Preferences
  children: ReactNode
}

/** The layout of every page. */
export function Page({ path, address, viewer, preferences, children }: PageProps) {
  return (
    <div className="mx-auto flex min-h-dvh max-w-5xl flex-col px-4 sm:px-8">
      <a
        className="sr-only focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:bg-surface focus:px-3 focus:py-2"
        href="#content"
      >
        Skip to content
      </a>
      <header className="relative flex flex-wrap items-center gap-x-6 gap-y-2 border-b border-line py-4">
        <a
          className="inline-flex min-h-11 items-center gap-2.5 text-xl font-semibold tracking-tight"
          href="/"
        >
          <PageMark />
          Whence
        </a>
        <nav aria-label="Main" className="flex flex-wrap gap-x-5 max-sm:order-last max-sm:w-full">
          {NAVIGATION.map((place) => (
            <a
              key={place.path}
              href={place.path}
              aria-current={place.path === path ? 'page' : undefined}
              className="inline-flex min-h-11 items-center underline-offset-8 hover:underline aria-[current]:font-medium aria-[current]:underline"
            >
              {place.name}
            </a>
          ))}
        </nav>
        <div className="flex-1 max-sm:order-last max-sm:basis-full md:max-w-96 md:ml-auto">
          {viewer && !WITHOUT_BOX.test(path) && <SearchBox />}
        </div>
        {viewer && <AccountMenu {...{ viewer, preferences, address }} />}
      </header>
      <main id="content" tabIndex={-1} className="flex-1 py-8 outline-none">
        {children}
      </main>
      {viewer && <KeySheet {...{ preferences, address }} />}
    </div>
  )
}

function PageMark() {
  return (
    <svg aria-hidden="true" viewBox="0 0 32 32" className="size-6 text-accent">
      <path
        d="M5 10l5.5 15L16 12l5.5 13L27 10"
        fill="none"
        stroke="currentColor"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="16" cy="5.5" r="2.4" fill="currentColor" />
    </svg>
  )
}
