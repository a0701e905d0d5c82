import type { SetupPage } from '#app/setup/read-setup.ts'
import { Section } from '../elements/section.tsx'
import { Check, TextField } from '../settings/fields.tsx'
import { IntentButton } from './buttons.tsx'

type Page = Pick<SetupPage, 'address' | 'unreachable' | 'unproven' | 'github' | 'plan'>

/** Where GitHub is, whose App it will be, and how changes arrive. */
export function WhereForm({ page }: { page: Page }) {
  const { github, plan } = page
  return (
    <Section id="where" title="Create a GitHub App">
      <form method="post" action="/setup" className="space-y-6">
        <div className="grid gap-5 sm:grid-cols-2">
          {github.isFixed ? (
            <p className="leading-relaxed">
              GitHub is at {github.host}, as <code>GITHUB_WEB_URL</code> says.
            </p>
          ) : (
            <TextField
              name="host"
              label="GitHub"
              help="github.com, a company's acme.ghe.com, or the name of an Enterprise Server."
              value={github.host}
            />
          )}
          <TextField
            name="owner"
            label="Organisation"
            help="Its name on GitHub, which will own the App. Empty: your personal account."
            value={plan.owner}
          />
        </div>
        <Check
          name="is_public"
          label="Several organisations install it (a public App)"
          checked={plan.isPublic}
        />
        <HookModes page={page} />
        <IntentButton intent="plan" isPrimary>
          Continue
        </IntentButton>
      </form>
    </Section>
  )
}

function HookModes({ page: { address, unreachable, unproven, plan } }: { page: Page }) {
  const chosen = plan.hookMode ?? (unreachable ? 'pull' : 'push')
  const isPush = unreachable === null
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
