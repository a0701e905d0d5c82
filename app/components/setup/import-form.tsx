import type { SetupPage } from '#app/setup/read-setup.ts'
import { CALLBACK_PATH } from '#app/sign-in/callback-path.ts'
import { Section } from '../elements/section.tsx'
import { PatternsField, TextField } from '../settings/fields.tsx'
import { IntentButton } from './buttons.tsx'
import { HookModes } from './hook-modes.tsx'
import { type Entered, HostField } from './host-field.tsx'

interface Given {
  page: Pick<SetupPage, 'address' | 'unreachable' | 'unproven' | 'github' | 'plan'>
  entered: Entered
}

/** Takes an App that exists on GitHub; the only way for Apps of an enterprise. */
export function ImportForm({ page, entered }: Given) {
  return (
    <Section id="import" title="Or import an App">
      <form method="post" action="/setup" className="space-y-5">
        <div className="grid gap-5 sm:grid-cols-2">
          <HostField name="import_host" github={page.github} entered={entered} />
          <TextField
            name="app_id"
            label="App ID"
            help="A number, on the page of the App."
            value={entered?.app_id ?? ''}
          />
        </div>
        <PatternsField
          name="private_key"
          label="Private key"
          help="The content of the .pem file that GitHub gave you."
          value=""
        />
        <div className="grid gap-5 sm:grid-cols-2">
          <TextField
            name="client_id"
            label="Client ID"
            help="Optional. Needed so that people can sign in with GitHub. It is on the page of the App."
            value={entered?.client_id ?? ''}
          />
          <TextField
            name="client_secret"
            isSecret
            label="Client secret"
            help="Optional, with the client ID. The page of the App generates one."
            value=""
          />
        </div>
        <p className="text-sm leading-relaxed text-soft [overflow-wrap:anywhere]">
          For the sign-in, the App also needs the callback URL{' '}
          <code>{new URL(CALLBACK_PATH, page.address).href}</code>.
        </p>
        <HookModes page={page} entered={entered} />
        <TextField
          name="webhook_secret"
          isSecret
          label="Webhook secret"
          help="As it is set on the page of the App. Only needed if GitHub delivers the changes."
          value=""
        />
        <IntentButton intent="import">Import</IntentButton>
      </form>
    </Section>
  )
}
