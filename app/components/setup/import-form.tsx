import { Section } from '../elements/section.tsx'
import { PatternsField, TextField } from '../settings/fields.tsx'
import { IntentButton } from './buttons.tsx'

/** Takes an App that exists on GitHub; the only way for Apps of an enterprise. */
export function ImportForm() {
  return (
    <Section id="import" title="Or import an App">
      <form method="post" action="/setup" className="space-y-5">
        <div className="grid gap-5 sm:grid-cols-2">
          <TextField
            name="app_id"
            label="App ID"
            help="A number, on the page of the App."
            value=""
          />
          <TextField
            name="webhook_secret"
            isSecret
            label="Webhook secret"
            help="As it is set there. Empty: the App has no webhook."
            value=""
          />
        </div>
        <PatternsField
          name="private_key"
          label="Private key"
          help="The content of the .pem file that GitHub gave you."
          value=""
        />
        <IntentButton intent="import">Import</IntentButton>
      </form>
    </Section>
  )
}
