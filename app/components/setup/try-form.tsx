import { Section } from '../elements/section.tsx'
import { PatternsField, TextField } from '../settings/fields.tsx'
import { IntentButton } from './buttons.tsx'

/** Takes a personal token and a few repositories, to try Whence. */
export function TryForm() {
  return (
    <Section id="try" title="Or only try it">
      <form method="post" action="/setup" className="space-y-5">
        <div className="grid gap-5 sm:grid-cols-2">
          <TextField
            name="token"
            isSecret
            label="Personal access token"
            help="Fine-grained with rights to read, or classic with repo or public_repo."
            value=""
          />
          <PatternsField
            name="repositories"
            label="Repositories"
            help="owner/name, one a line."
            value=""
          />
        </div>
        <IntentButton intent="try">Read these repositories</IntentButton>
      </form>
    </Section>
  )
}
