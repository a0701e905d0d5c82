import type { ReactNode } from 'react'

interface Section {
  id: string
  title: string
  /** Stands beside the title. */
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

/** A mend of ours names commands and variables between backticks. */
export function Mend({ text }: { text: string }) {
  const parts = text.split('`')
  // Every second part stood between backticks; the text never changes order.
  return parts.map((part, index) => {
    const key = `${index}:${part}`
    return index % 2 === 1 ? <code key={key}>{part}</code> : <span key={key}>{part}</span>
  })
}
