import type { SetupPage } from '#app/setup/read-setup.ts'
import type { Entered } from './host-field.tsx'

interface Given {
  page: Pick<SetupPage, 'address' | 'unreachable' | 'unproven' | 'plan'>
  entered: Entered
}

/** Asks how changes arrive; GitHub delivers only where nothing speaks against it. */
export function HookModes({ page: { address, unreachable, unproven, plan }, entered }: Given) {
  const isPush = unreachable === null
  const wanted = entered?.hook_mode ?? plan.hookMode ?? 'push'
  const chosen = wanted === 'push' && !isPush ? 'pull' : wanted
  return (
    <fieldset>
      <legend className="mb-1 font-medium">How changes arrive</legend>
      <p className="mb-2 text-sm leading-relaxed text-soft">
        The address of Whence is <code>{address}</code> (<code>PUBLIC_URL</code>).{' '}
        {unreachable && `GitHub cannot deliver there: ${unreachable}. `}
        {unproven && `Whence does not reach itself there (${unproven}): correct PUBLIC_URL first.`}
      </p>
      {isPush && (
        <Mode name="push" chosen={chosen} label="GitHub delivers each change to this address" />
      )}
      <Mode
        name="pull"
        chosen={chosen}
        label="Whence collects what GitHub could not deliver (pull mode; needs no public address)"
      />
      <p className="mb-1 pl-7 text-sm leading-relaxed text-soft">
        Not proven against GitHub itself. If nothing is listed although pull requests change, Whence
        asks for the repositories every two minutes instead.
      </p>
      <Mode name="none" chosen={chosen} label="On a schedule alone" />
    </fieldset>
  )
}

function Mode({ name, chosen, label }: { name: string; chosen: string; label: string }) {
  return (
    <label className="flex min-h-11 items-center gap-2.5">
      <input
        type="radio"
        name="hook_mode"
        value={name}
        defaultChecked={name === chosen}
        className="size-4.5 shrink-0 accent-accent"
      />
      {label}
    </label>
  )
}
