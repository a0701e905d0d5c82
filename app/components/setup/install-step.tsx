import type { SetupPage } from '#app/setup/read-setup.ts'
import { Section } from '../elements/section.tsx'
import { IntentButton, PRIMARY } from './buttons.tsx'
import { MissingOfApp } from './missing-of-app.tsx'
import { Problem } from './problem.tsx'

/** Leads to GitHub, where the App is installed, and shows who waits for an owner. */
export function InstallStep({ page }: { page: Pick<SetupPage, 'app' | 'waiting' | 'failure'> }) {
  const { app, waiting, failure } = page
  return (
    <Section id="install" title="Install the App">
      {failure && <Problem problem={{ headline: 'GitHub could not be asked', hint: failure }} />}
      {app && <MissingOfApp app={app} />}
      {waiting.length > 0 && (
        <p role="status" className="mb-4 leading-relaxed">
          Waiting for an owner of {waiting.join(', ')} to accept the installation.{' '}
          <span className="text-soft">You can close this page and come back.</span>
        </p>
      )}
      <p className="mb-4 leading-relaxed text-soft">
        On GitHub, choose the account, and all or selected repositories.
      </p>
      <form method="post" action="/setup" className="flex flex-wrap gap-3">
        {app && (
          <a href={app.installPage} className={PRIMARY}>
            Install on GitHub
          </a>
        )}
        <IntentButton intent="find">I have installed it already</IntentButton>
      </form>
    </Section>
  )
}
