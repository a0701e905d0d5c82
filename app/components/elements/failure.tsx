import type { ReactNode } from 'react'

/** Replaces a page that cannot be shown. */
export function Failure({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="max-w-xl py-10">
      <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
      <p className="mt-3 leading-relaxed text-soft">{children}</p>
      <p className="mt-6">
        <a className="text-accent underline underline-offset-4" href="/">
          Go to the home page
        </a>
      </p>
    </section>
  )
}
