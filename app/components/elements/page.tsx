import type { ReactNode } from 'react'
import { AccountMenu, type ShownViewer } from './account-menu.tsx'

const NAVIGATION = [
  { path: '/search', name: 'Search' },
  { path: '/projects', name: 'Projects' },
  { path: '/', name: 'Home' },
] as const

interface PageProps {
  /** Path of this page, used to mark the current navigation link. */
  path: string
  /** Null if it is not known, as where nothing was loaded. */
  viewer: ShownViewer | null
  children: ReactNode
}

/** The layout of every page. */
export function Page({ path, viewer, children }: PageProps) {
  return (
    <div className="mx-auto flex min-h-dvh max-w-4xl flex-col px-4 sm:px-8">
      <a
        className="sr-only focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:bg-surface focus:px-3 focus:py-2"
        href="#content"
      >
        Skip to content
      </a>
      <header className="border-b border-line pt-8 pb-6 sm:pt-12">
        <div className="flex flex-wrap items-center justify-between gap-x-8 gap-y-3">
          <a
            className="inline-flex items-center gap-3 text-2xl font-semibold tracking-tight"
            href="/"
          >
            <PageMark />
            Whence
          </a>
          <div className="relative flex flex-wrap items-center gap-x-5 max-sm:w-full">
            <nav aria-label="Main" className="flex gap-5">
              {NAVIGATION.map((place) => (
                <a
                  key={place.path}
                  href={place.path}
                  aria-current={place.path === path ? 'page' : undefined}
                  className="py-1 underline-offset-8 hover:underline aria-[current]:font-medium aria-[current]:underline"
                >
                  {place.name}
                </a>
              ))}
            </nav>
            {viewer && <AccountMenu viewer={viewer} />}
          </div>
        </div>
        <p className="mt-2 max-w-2xl leading-relaxed text-soft">
          A complete, searchable copy of everything ever said about your code.
        </p>
      </header>
      <main id="content" tabIndex={-1} className="flex-1 py-8 outline-none sm:py-10">
        {children}
      </main>
    </div>
  )
}

function PageMark() {
  return (
    <svg aria-hidden="true" viewBox="0 0 32 32" className="size-7 text-accent">
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
