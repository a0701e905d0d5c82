import type { SetupPage } from '#app/setup/read-setup.ts'
import { Section } from '../elements/section.tsx'
import { PatternsField, TextField } from '../settings/fields.tsx'
import { IntentButton } from './buttons.tsx'
import { type Entered, HostField } from './host-field.tsx'

interface Given {
  page: Pick<SetupPage, 'github'>
  entered: Entered
}

/** Takes a personal token and a few repositories, to try Whence. */
export function TryForm({ page, entered }: Given) {
  return (
    <Section id="try" title="Or only try it">
      <form method="post" action="/setup" className="space-y-5">
        <div className="grid gap-5 sm:grid-cols-2">
          <HostField name="try_host" github={page.github} entered={entered} />
          <TextField
            name="token"
            isSecret
            label="Personal access token"
            help="Fine-grained with rights to read, or classic with repo or public_repo."
            value=""
          />
        </div>
        <PatternsField
          name="repositories"
          label="Repositories"
          help="owner/name, one a line."
          value={entered?.repositories ?? ''}
        />
        <IntentButton intent="try">Read these repositories</IntentButton>
      </form>
    </Section>
  )
}
