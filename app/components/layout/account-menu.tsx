import type { Preferences } from '#app/forms/preferences.server.ts'
import { OPENS_KEYS } from './key-sheet.tsx'
import { PreferenceForm } from './preference-form.tsx'

/** Who uses this browser, as the head of each page says it. */
export interface ShownViewer {
  /** The login, or `Operator`. */
  name: string
  role: string
  /** False on a machine that needs no sign-in. */
  hasSession: boolean
  /** True for whoever operates something. */
  operates: boolean
}

const ENTRY = 'flex min-h-11 w-full cursor-pointer items-center px-4 text-left hover:bg-sunken'

/** Opens without script, and by keyboard. */
export function AccountMenu({
  viewer: { name, role, hasSession, operates },
  preferences,
  address,
}: {
  viewer: ShownViewer
  preferences: Preferences
  address: string
}) {
  return (
    <details className="max-sm:ml-auto sm:relative">
      <summary className="flex min-h-11 max-w-48 cursor-pointer items-center gap-2 hover:text-accent">
        <span className="sr-only">Account: </span>
        <span className="truncate">{name}</span>
        <span aria-hidden="true" className="text-sm text-soft">
          ▾
        </span>
      </summary>
      <div className="absolute right-0 z-10 mt-1 w-72 max-w-[calc(100vw-2rem)] rounded-md border border-line bg-surface py-1 shadow-lg">
        <p className="px-4 py-2 text-sm leading-relaxed text-soft [overflow-wrap:anywhere]">
          <span className="block font-medium text-ink">{name}</span>
          {role}
        </p>
        <a className={ENTRY} href="/account">
          Account and sessions
        </a>
        <a className={ENTRY} href="/connect">
          Connect an agent
        </a>
        {operates && (
          <>
            <a className={ENTRY} href="/audit">
              Audit log
            </a>
            <a className={ENTRY} href="/departures">
              What leaves this machine
            </a>
          </>
        )}
        <button type="button" {...OPENS_KEYS} className={ENTRY}>
          Keys
        </button>
        <div className="border-y border-line px-4 py-2.5">
          <PreferenceForm
            name="theme"
            legend="Theme"
            choices={['system', 'light', 'dark']}
            {...{ preferences, address }}
          />
        </div>
        {hasSession && (
          <form method="post" action="/sign-out">
            <button type="submit" className={ENTRY}>
              Sign out
            </button>
          </form>
        )}
      </div>
    </details>
  )
}
