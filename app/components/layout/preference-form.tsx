import type { Preferences } from '#app/forms/preferences.server.ts'

interface PreferenceFormProps<Name extends keyof Preferences> {
  name: Name
  legend: string
  choices: readonly Preferences[Name][]
  preferences: Preferences
  /** Where the answer leads back. */
  address: string
}

/** A button for each choice, so that it needs no script. */
export function PreferenceForm<Name extends keyof Preferences>({
  name,
  legend,
  choices,
  preferences,
  address,
}: PreferenceFormProps<Name>) {
  return (
    <form method="post" action="/preferences">
      <input type="hidden" name="back" value={address} />
      <fieldset className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1.5">
        <legend className="float-left mr-auto text-sm text-soft">{legend}</legend>
        <div className="flex overflow-hidden rounded-md border border-line">
          {choices.map((choice) => (
            <button
              key={choice}
              type="submit"
              {...{ name, value: choice }}
              aria-pressed={preferences[name] === choice}
              className="min-h-9 cursor-pointer px-3 text-sm capitalize hover:bg-sunken aria-pressed:bg-accent aria-pressed:font-medium aria-pressed:text-page"
            >
              {choice}
            </button>
          ))}
        </div>
      </fieldset>
    </form>
  )
}
