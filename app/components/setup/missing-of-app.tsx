import type { SetupPage } from '#app/setup/read-setup.ts'

/** Names the rights and events that the App does not ask for, with the page that adds them. */
export function MissingOfApp({ app }: { app: NonNullable<SetupPage['app']> }) {
  const { missing, rightsPage } = app
  if (missing.length === 0) return null
  return (
    <p className="mb-4 rounded-md border-l-4 border-warn bg-surface px-4 py-2.5 leading-relaxed">
      The App does not ask for {missing.join(', ')}.{' '}
      <a className="text-accent underline" href={rightsPage}>
        Add these rights and events
      </a>
      , or go on without: what needs them is shown as unknown.
    </p>
  )
}
