import type { FormValues } from '#app/api/shapes/settings-form.ts'
import type { InstallationSettings } from '#app/sync/settings/read-settings.ts'
import { Section } from '../elements/section.tsx'
import { CodeFields, type CodeState } from './code-fields.tsx'
import { Check, PatternsField, TextField } from './fields.tsx'

const VISIBILITIES = ['public', 'private', 'internal'] as const
const BUTTON = 'min-h-11 cursor-pointer rounded-md border border-accent px-5 font-medium'

interface Form {
  installation: InstallationSettings
  values: FormValues
  /** The outside embedding provider's host; null if none is configured. */
  outside: string | null
}

/** The form of an installation's settings; it needs no scripts. */
export function SettingsForm({ installation, values, outside, code }: Form & { code: CodeState }) {
  return (
    <form method="post" className="space-y-10">
      <RepositoriesFields values={values} />
      <CodeFields values={values} code={code} />
      <TimesFields installation={installation} values={values} />
      {installation.kind === 'app' && <AccessFields values={values} />}
      <EmbeddingFields values={values} outside={outside} />
      <div className="flex flex-wrap gap-3">
        <button
          type="submit"
          name="intent"
          value="save"
          className={`${BUTTON} bg-accent text-page`}
        >
          Save
        </button>
        <button type="submit" name="intent" value="preview" className={`${BUTTON} text-accent`}>
          Preview what this changes
        </button>
      </div>
    </form>
  )
}

function RepositoriesFields({ values }: Pick<Form, 'values'>) {
  const { include, exclude, first, last, archived, forks, visibility, changedFiles } = values
  return (
    <Section id="repositories" title="Repositories">
      <div className="grid gap-5 sm:grid-cols-2">
        <PatternsField
          name="include"
          label="Include"
          help="Patterns such as api-* or acme/web, one a line. Empty means all."
          value={include}
        />
        <PatternsField
          name="exclude"
          label="Exclude"
          help="What matches here is hidden at once, and its copy is erased later."
          value={exclude}
        />
      </div>
      <fieldset className="mt-3 flex flex-wrap gap-x-6">
        <legend className="sr-only">Kinds of repositories</legend>
        <Check name="archived" label="Archived" checked={archived} />
        <Check name="forks" label="Forks" checked={forks} />
        {VISIBILITIES.map((one) => (
          <Check
            key={one}
            name="visibility"
            value={one}
            label={`${one[0]?.toUpperCase()}${one.slice(1)}`}
            checked={visibility.includes(one)}
          />
        ))}
      </fieldset>
      <div className="mt-3 grid gap-5 sm:grid-cols-2">
        <PatternsField
          name="first"
          label="Read first"
          help="What matches is read before the other repositories, in every sync."
          value={first}
        />
        <PatternsField
          name="last"
          label="Read last"
          help="What matches is read after them."
          value={last}
        />
      </div>
      <div className="mt-3">
        <Check
          name="changed_files"
          label="Read which files pull requests change"
          checked={changedFiles}
        />
      </div>
    </Section>
  )
}

function AccessFields({ values }: Pick<Form, 'values'>) {
  return (
    <Section id="access" title="Who sees it">
      <Check
        name="open_public_repositories"
        label="Show public repositories to everybody who is let in here"
        checked={values.openPublic}
      />
      <p className="mt-1 text-sm leading-relaxed text-soft">
        Without it, only people to whom GitHub shows a repository of this account see its public
        ones. It changes nothing for private and internal ones.
      </p>
    </Section>
  )
}

function EmbeddingFields({ values, outside }: Pick<Form, 'values' | 'outside'>) {
  return (
    <Section id="embedding" title="Search by meaning">
      <Check
        name="outside_embedding"
        label={`Allow texts to be sent to ${outside ?? 'an outside embedding provider'}`}
        checked={values.outsideEmbedding}
      />
      <p className="mt-1 text-sm leading-relaxed text-soft">
        {outside
          ? 'Without it, the texts of this installation are found by words only. Keys, tokens and passwords in texts are masked before they are sent.'
          : 'No outside provider is configured: vectors are made here, and no text leaves this machine or its network.'}
      </p>
    </Section>
  )
}

function TimesFields({ installation: { schedules }, values }: Omit<Form, 'outside'>) {
  const { texts, schedulesPaused } = values
  const schedule =
    'An interval, five cron fields with a time zone (0 3 * * 0 Europe/Berlin), or off.'
  const delay = 'Hours or days, such as 24h or 30d.'
  return (
    <Section id="times" title="Syncs and erasure">
      <div className="grid gap-5 sm:grid-cols-2">
        <TextField
          name="schedules.incremental"
          label="Incremental syncs"
          help={`Now: ${schedules.incremental.words}. ${schedule}`}
          value={texts['schedules.incremental'] ?? ''}
        />
        <TextField
          name="schedules.full"
          label="Full syncs"
          help={`Now: ${schedules.full.words}. ${schedule}`}
          value={texts['schedules.full'] ?? ''}
        />
        <TextField
          name="history"
          label="History"
          help="How far back to read: all, years (2y) or a date (2024-01-31)."
          value={texts.history ?? ''}
        />
        <TextField
          name="extraction_slots"
          label="Calls to GitHub at once"
          help="GitHub asks for one."
          value={texts.extraction_slots ?? ''}
        />
        <TextField
          name="erase_removed_after"
          label="Erase what is removed after"
          help={delay}
          value={texts.erase_removed_after ?? ''}
        />
        <TextField
          name="erase_suspended_after"
          label="Erase what is suspended after"
          help={delay}
          value={texts.erase_suspended_after ?? ''}
        />
      </div>
      <div className="mt-3">
        <Check
          name="schedules_paused"
          label="Pause both schedules: webhooks and people still start syncs"
          checked={schedulesPaused}
        />
      </div>
    </Section>
  )
}
