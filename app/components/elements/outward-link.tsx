import type { ReactNode } from 'react'

interface Outward {
  /** As received from GitHub: becomes a link only if it starts with http. */
  href: string
  className?: string
  children: ReactNode
}

export const LINK =
  'text-accent underline underline-offset-4 decoration-line hover:decoration-accent'

export function OutwardLink({ href, className = LINK, children }: Outward) {
  if (!/^https?:\/\//i.test(href)) return <span>{children}</span>
  return (
    <a href={href} rel="noopener noreferrer" className={className}>
      {children}
    </a>
  )
}
