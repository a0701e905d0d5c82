import type { SetupPage } from '#app/setup/read-setup.ts'
import { Section } from '../elements/section.tsx'
import { Check, TextField } from '../settings/fields.tsx'
import { IntentButton } from './buttons.tsx'
import { HookModes } from './hook-modes.tsx'
import { type Entered, HostField } from './host-field.tsx'

interface Given {
  page: Pick<SetupPage, 'address' | 'unreachable' | 'unproven' | 'github' | 'plan'>
  entered: Entered
}

/** Where GitHub is, whose App it will be, and how changes arrive. */
export function WhereForm({ page, entered }: Given) {
  const { github, plan } = page
  return (
    <Section id="where" title="Create a GitHub App">
      <form method="post" action="/setup" className="space-y-6">
        <div className="grid gap-5 sm:grid-cols-2">
          <HostField name="host" github={github} entered={entered} />
          <TextField
            name="owner"
            label="Organisation"
            help="Its name on GitHub, which will own the App. Empty: your personal account."
            value={entered?.owner ?? plan.owner}
          />
        </div>
        <Check
          name="is_public"
          label="Several organisations install it (a public App)"
          checked={entered?.intent === 'plan' ? 'is_public' in entered : plan.isPublic}
        />
        <HookModes page={page} entered={entered} />
        <IntentButton intent="plan" isPrimary>
          Continue
        </IntentButton>
      </form>
    </Section>
  )
}
