import { Moment } from '../elements/moment.tsx'
import { Section } from '../elements/section.tsx'

export interface ChangeEntry {
  id: string
  at: string
  actor: string
  action: string
  subject: string
  effects: string[]
}

const ACTIONS: Record<string, string> = {
  'settings.changed': 'changed the settings of',
  'repository.purged': 'erased the copy of',
  'installation.purged': 'erased the copies of',
  'person.erased': 'erased the texts of',
}

/** The latest changes of an installation, newest first. */
export function ChangesSection({ changes, now }: { changes: ChangeEntry[]; now: string }) {
  return (
    <Section id="changes" title="What was changed">
      {changes.length === 0 && <p className="text-soft">Nothing yet.</p>}
      <ul className="space-y-3 text-[0.9375rem]">
        {changes.map(({ id, at, actor, action, subject, effects }) => (
          <li key={id} className="leading-relaxed break-words">
            {actor} {ACTIONS[action] ?? action} {subject} at <Moment at={at} now={now} />
            {effects.length > 0 && <p className="text-sm text-soft">{effects.join(' ')}</p>}
          </li>
        ))}
      </ul>
    </Section>
  )
}
