import type { Preferences } from '#app/forms/preferences.server.ts'
import { PreferenceForm } from './preference-form.tsx'

/** This React has no types for it. */
const POPOVER = { id: 'keys', popover: 'auto' }
/** On a button that opens it. */
export const OPENS_KEYS = { popovertarget: POPOVER.id }

const KEYS: [keys: string[], meaning: string][] = [
  [['Ctrl K', '⌘ K'], 'search, or go to a page'],
  [['/'], 'the same'],
  [['j', 'k'], 'next and previous result'],
  [['o', 'Enter'], 'open the result'],
  [['?'], 'show this list'],
]

/** The list of keys: opened by its key or from the account menu, and closed by Escape, also without script. */
export function KeySheet({ preferences, address }: { preferences: Preferences; address: string }) {
  return (
    <div
      {...POPOVER}
      role="dialog"
      aria-labelledby="keys-title"
      className="m-auto w-[min(26rem,calc(100vw-2rem))] rounded-lg border border-line bg-surface p-5 text-ink shadow-lg"
    >
      <h2 id="keys-title" className="text-lg font-semibold">
        Keys
      </h2>
      <dl className="mt-3 grid grid-cols-[auto_1fr] items-baseline gap-x-5 gap-y-2.5">
        {KEYS.map(([keys, meaning]) => (
          <div key={meaning} className="contents">
            <dt className="space-x-1.5">
              {keys.map((key) => (
                <kbd
                  key={key}
                  className="rounded-sm border border-line bg-sunken px-1.5 py-0.5 font-mono text-sm"
                >
                  {key}
                </kbd>
              ))}
            </dt>
            <dd className="text-soft">{meaning}</dd>
          </div>
        ))}
      </dl>
      <div className="mt-4 border-t border-line pt-3">
        <PreferenceForm
          name="keys"
          legend="Keys without Ctrl or ⌘"
          choices={['on', 'off']}
          {...{ preferences, address }}
        />
      </div>
    </div>
  )
}
