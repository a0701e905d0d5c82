import { Section } from '../elements/section.tsx'
import { BOX } from './fields.tsx'

interface Purges {
  account: string
  /** `owner/name` */
  repositories: string[]
}

/** Erases copies, after their name was typed. */
export function PurgeForms({ account, repositories }: Purges) {
  return (
    <Section id="erase" title="Erase copies">
      <p className="mb-4 max-w-2xl leading-relaxed text-soft">
        Erases texts, passages, vectors and raw records here, not on GitHub. This cannot be undone.
        An erased repository is excluded from further syncs.
      </p>
      <div className="space-y-3">
        {repositories.map((name) => (
          <PurgeForm key={name} intent="purge-repository" subject={name} what={name} />
        ))}
        <PurgeForm
          intent="purge-installation"
          subject={account}
          what={`everything of ${account}, and turn its schedules off`}
        />
      </div>
    </Section>
  )
}

interface Purge {
  intent: 'purge-repository' | 'purge-installation'
  subject: string
  what: string
}

function PurgeForm({ intent, subject, what }: Purge) {
  const id = `${intent}-${subject}`
  return (
    <details className="rounded-md border border-line bg-surface px-4 py-2.5">
      <summary className="cursor-pointer py-1 [overflow-wrap:anywhere]">Erase {what}</summary>
      <form method="post" className="mt-3 flex flex-wrap items-end gap-3 pb-2">
        <input type="hidden" name="subject" value={subject} />
        <div className="min-w-0 flex-1 basis-64">
          <label htmlFor={id} className="mb-1 block text-sm">
            Type <strong className="[overflow-wrap:anywhere]">{subject}</strong> to confirm
          </label>
          <input id={id} name="confirmation" required autoComplete="off" className={BOX} />
        </div>
        <button
          type="submit"
          name="intent"
          value={intent}
          className="min-h-11 cursor-pointer rounded-md border border-fail px-5 font-medium text-fail"
        >
          Erase permanently
        </button>
      </form>
    </details>
  )
}
