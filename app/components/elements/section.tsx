import type { ReactNode } from 'react'

interface Section {
  id: string
  title: string
  /** Shown next to the title. */
  aside?: ReactNode
  children: ReactNode
}

export function Section({ id, title, aside, children }: Section) {
  return (
    <section aria-labelledby={id} className="not-first:mt-10">
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <h2 id={id} className="text-lg font-semibold tracking-tight">
          {title}
        </h2>
        {aside}
      </div>
      {children}
    </section>
  )
}

/** A hint of ours, with commands and variables between backticks shown as code. */
export function Hint({ text }: { text: string }) {
  const parts = text.split('`')
  // Every second part was between backticks. The order never changes, so the index is a stable key.
  return parts.map((part, index) => {
    const key = `${index}:${part}`
    return index % 2 === 1 ? <code key={key}>{part}</code> : <span key={key}>{part}</span>
  })
}
