import { Moment } from '../elements/moment.tsx'
import { Section } from '../elements/section.tsx'

interface ShownSession {
  id: string
  userAgent: string
  /** ISO 8601, as the others. */
  createdAt: string
  lastSeenAt: string
  expiresAt: string
}

interface Sessions {
  sessions: ShownSession[]
  /** The session of this browser; null without one. */
  own: string | null
  now: string
}

const BUTTON =
  'min-h-11 cursor-pointer rounded-md border border-line bg-surface px-5 font-medium hover:bg-sunken'

/** Lists where somebody is signed in. The forms are none of Remix, so that the browser leaves the page. */
export function SessionsSection({ sessions, own, now }: Sessions) {
  return (
    <Section id="sessions" title="Your sessions">
      {sessions.length === 0 ? (
        <p className="text-soft">No browser is signed in: this one needs no session.</p>
      ) : (
        <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
          {sessions.map((session) => (
            <SessionItem key={session.id} {...{ session, now }} isOwn={session.id === own} />
          ))}
        </ul>
      )}
      {sessions.length > 1 && (
        <form method="post" action="/sign-out" className="mt-4">
          <input type="hidden" name="session" value="all" />
          <button type="submit" className={BUTTON}>
            Sign out everywhere
          </button>
        </form>
      )}
    </Section>
  )
}

function SessionItem({
  session,
  isOwn,
  now,
}: {
  session: ShownSession
  isOwn: boolean
  now: string
}) {
  const { id, userAgent, createdAt, lastSeenAt, expiresAt } = session
  const name = userAgent || 'Unknown browser'
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 px-4 py-4 sm:px-5">
      <div className="min-w-0 flex-1 basis-72">
        <p className="[overflow-wrap:anywhere]">
          {name}
          {isOwn && <strong className="font-medium text-accent"> (this browser)</strong>}
        </p>
        <p className="mt-1 text-sm leading-relaxed text-soft">
          Signed in <Moment at={createdAt} now={now} />, last seen{' '}
          <Moment at={lastSeenAt} now={now} />, ends <Moment at={expiresAt} now={now} /> at the
          latest
        </p>
      </div>
      <form method="post" action="/sign-out">
        <input type="hidden" name="session" value={id} />
        <button type="submit" className={BUTTON} aria-label={`Sign out ${name}, session ${id}`}>
          Sign out
        </button>
      </form>
    </li>
  )
}
