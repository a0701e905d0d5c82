import type { ReactNode } from 'react'

const SHAPE =
  'inline-flex min-h-11 cursor-pointer items-center rounded-md border border-accent px-5 font-medium'
export const PRIMARY = `${SHAPE} bg-accent text-page`
export const SECONDARY = `${SHAPE} text-accent`

interface Given {
  intent: string
  isPrimary?: boolean
  children: ReactNode
}

/** A button that sends the form it is in. */
export function IntentButton({ intent, isPrimary = false, children }: Given) {
  return (
    <button type="submit" name="intent" value={intent} className={isPrimary ? PRIMARY : SECONDARY}>
      {children}
    </button>
  )
}
