import type { InstallationSettings } from '#app/sync/settings/read-settings.ts'
import { Section } from '../elements/section.tsx'

/** Switches the copying of an installation off or on. */
export function SwitchForm({ installation }: { installation: InstallationSettings }) {
  const { account, active: isActive, inactiveReason } = installation
  return (
    <Section id="switch" title="On or off">
      <p className="mb-4 max-w-2xl leading-relaxed text-soft">
        {isActive
          ? `While ${account} is switched off, nothing of it is read, its events are dropped, and nobody sees its copy, which is kept.`
          : `${account} is inactive: ${inactiveReason ?? 'no reason given'}.`}
      </p>
      <form method="post">
        <button
          type="submit"
          name="intent"
          value={isActive ? 'switch-off' : 'switch-on'}
          className="min-h-11 cursor-pointer rounded-md border border-accent px-5 font-medium text-accent"
        >
          {isActive ? 'Switch off' : 'Switch on'}
        </button>
      </form>
    </Section>
  )
}
