import type { Choice } from '#app/api/shapes/setup-form.ts'
import type { SetupPreview } from '#app/forms/setup.server.ts'
import type { SetupPage } from '#app/setup/read-setup.ts'
import { Section } from '../elements/section.tsx'
import { Check, PatternsField, TextField } from '../settings/fields.tsx'
import { IntentButton } from './buttons.tsx'
import { EstimateSection } from './estimate-section.tsx'
import { MissingOfApp } from './missing-of-app.tsx'

interface Given {
  choices: Choice[]
  /** The outside embedding provider's host; null if none is configured. */
  outside: string | null
  /** Why no code is ingested on this machine; null if it can be. */
  codeOff: string | null
  page: Pick<SetupPage, 'app'>
  /** The answer to "Estimate". */
  preview: Omit<SetupPreview, 'choices'> | null
}

/** Chooses what is copied, and starts the first sync. */
export function ChooseForm({ choices, outside, codeOff, page: { app }, preview }: Given) {
  return (
    <form method="post" action="/setup">
      {app && <MissingOfApp app={app} />}
      {choices.map((choice) => (
        <ChoiceFields key={choice.id} choice={choice} outside={outside} codeOff={codeOff} />
      ))}
      <EstimateSection outside={outside} preview={preview} />
      <div className="mt-8 flex flex-wrap items-center gap-3">
        <IntentButton intent="start" isPrimary>
          Start the first sync
        </IntentButton>
        <a className="text-accent underline" href="/setup?step=install">
          Install on another account
        </a>
      </div>
    </form>
  )
}

interface Fields extends Pick<Given, 'outside' | 'codeOff'> {
  choice: Choice
}

function ChoiceFields({ choice, outside, codeOff }: Fields) {
  const { id, account, isUnapproved, isApproved, ...chosen } = choice
  const { include, exclude, history, schedule, outsideEmbedding } = chosen
  return (
    <Section id={`account-${id}`} title={account}>
      <input type="hidden" name="installation" value={id} />
      <input type="hidden" name={`account-${id}`} value={account} />
      {isUnapproved && (
        <>
          <input type="hidden" name={`unapproved-${id}`} value="on" />
          <Check
            name={`approved-${id}`}
            label={`Approve: ${account} has installed the App, which belongs to somebody else. Nothing of it is read otherwise.`}
            checked={isApproved}
          />
        </>
      )}
      <div className="grid gap-5 sm:grid-cols-2">
        <PatternsField
          name={`include-${id}`}
          label="Repositories"
          help="Patterns such as api-* or acme/web, one a line. Empty means all."
          value={include}
        />
        <PatternsField
          name={`exclude-${id}`}
          label="Without"
          help="Patterns of repositories that are left out."
          value={exclude}
        />
        <TextField
          name={`history-${id}`}
          label="History"
          help="How far back to read: all, years (2y) or a date (2024-01-31)."
          value={history}
        />
        <TextField
          name={`schedule-${id}`}
          label="Incremental syncs"
          help="An interval such as 15m, five cron fields with a time zone, or off."
          value={schedule}
        />
      </div>
      <CodeField choice={choice} codeOff={codeOff} />
      {outside && (
        <Check
          name={`outside-${id}`}
          label={`Allow texts of ${account} to be sent to ${outside}, for search by meaning`}
          checked={outsideEmbedding}
        />
      )}
    </Section>
  )
}

function CodeField({ choice, codeOff }: Omit<Fields, 'outside'>) {
  const { id, code, codeBranches } = choice
  if (codeOff !== null)
    return (
      <p className="mt-5 leading-relaxed text-soft">
        Code cannot be ingested on this machine, so the step “Code” is off: {codeOff}
      </p>
    )
  return (
    <div className="mt-5 grid gap-5 sm:grid-cols-2">
      <PatternsField
        name={`code-${id}`}
        label="Ingest the code of"
        help="Patterns of repositories whose code is searched too: cloned here, and read again after every push. Empty means none; * means all."
        value={code}
      />
      <input type="hidden" name={`code-branches-${id}`} value={codeBranches} />
    </div>
  )
}
