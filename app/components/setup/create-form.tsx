import type { SetupPage } from '#app/setup/read-setup.ts'
import { Section } from '../elements/section.tsx'
import { PRIMARY, SECONDARY } from './buttons.tsx'

/** Sends the manifest to GitHub, where a person confirms it. */
export function CreateForm({ page }: { page: Pick<SetupPage, 'creation' | 'github' | 'plan'> }) {
  const { creation, github, plan } = page
  const owner = plan.owner === '' ? 'your account' : plan.owner
  return (
    <Section id="create" title={`Create the App on ${github.host}`}>
      {creation ? (
        <form method="post" action={creation.action}>
          <input type="hidden" name="manifest" value={creation.manifest} />
          <p className="mb-4 leading-relaxed">
            GitHub asks you to confirm the App{' '}
            <strong className="font-medium">{creation.name}</strong> for {owner}, then leads back
            here with its keys, which are stored encrypted. The App only reads.{' '}
            <span className="text-soft">
              If its name is taken, change it there, or come back: this page then offers another.
            </span>
          </p>
          <button type="submit" className={PRIMARY}>
            Create on GitHub
          </button>
        </form>
      ) : (
        <p className="mb-4 leading-relaxed">
          The set-up was begun in another browser, or over an hour ago. Begin it again.
        </p>
      )}
      <p className="mt-4">
        <a href="/setup?step=where" className={SECONDARY}>
          Back
        </a>
      </p>
    </Section>
  )
}
