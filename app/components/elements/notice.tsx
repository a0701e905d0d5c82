import type { Notice } from '#app/forms/notices.server.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { Hint } from './section.tsx'
import { STATE_WORDS } from './states.ts'

/** Shows the result of the last action. Always rendered, so that screen readers announce a new notice. */
export function NoticeBar({ notice }: { notice: Notice | null }) {
  const tone = notice?.kind === 'refused' ? 'border-warn text-warn' : 'border-accent text-ink'
  return (
    <div role="status" className="empty:hidden not-empty:mb-6">
      {notice && (
        <p className={`rounded-md border-l-4 bg-surface px-4 py-2.5 leading-relaxed ${tone}`}>
          {notice.text}
          {notice.hint && (
            <>
              . <Hint text={notice.hint} />
            </>
          )}
        </p>
      )}
    </div>
  )
}

/** Says that a page no longer follows what happens. */
export function LostBar({ isLost }: { isLost: boolean }) {
  return (
    <p role="status" className="text-warn empty:hidden not-empty:mb-6">
      {isLost &&
        'Whence does not answer. This page shows its last known state and will update when Whence is back.'}
    </p>
  )
}

/** Announces the state of each sync and each ingest of code to screen readers, but not its progress. */
export function StateSpeaker({ jobs }: { jobs: Job[] }) {
  const shown = jobs.filter((job) => job.mode !== 'targeted' && job.id)
  return (
    <div role="status" aria-atomic="false" className="sr-only">
      {shown.map((job) => (
        <p key={job.id}>
          {job.ingest?.repository ?? job.installation.account}, job {job.id}:{' '}
          {STATE_WORDS[job.phase]}
        </p>
      ))}
    </div>
  )
}
