import {
  type ActionFunctionArgs,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node'
import { useActionData, useLoaderData } from '@remix-run/react'
import { unavailable } from '#app/api/answers.ts'
import { readRepositories } from '#app/archive/repositories.ts'
import { availability, whyOff } from '#app/code/git/clones.ts'
import { readFollowed } from '#app/code/views/followed.ts'
import { type ChangeEntry, ChangesSection } from '#app/components/settings/changes-section.tsx'
import { PurgeForms } from '#app/components/settings/purge-forms.tsx'
import { SettingsForm } from '#app/components/settings/settings-form.tsx'
import { SwitchForm } from '#app/components/settings/switch-form.tsx'
import { outsideHost } from '#app/embeddings/providers/resolve-provider.ts'
import { readForm } from '#app/forms/read-form.ts'
import { type SettingsOutcome, submitSettings, valuesOf } from '#app/forms/settings.server.ts'
import { readSettings } from '#app/sync/settings/read-settings.ts'
import { type AuditEntry, readAudit } from '#app/sync/status/audit-log.ts'

const MOST_REPOSITORIES = 500
const CHANGES_SHOWN = 20

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: data ? `Settings of ${data.installation.account} · Whence` : 'Settings · Whence' },
]

/** @throws Response 404 without such an installation, 503 if the database does not answer. */
export async function loader({ params, context }: LoaderFunctionArgs) {
  const { run, scope } = context.reader
  const id = params.id ?? ''
  if (!/^\d{1,18}$/.test(id)) throw new Response(null, { status: 404 })
  const page = { installationId: id, limit: MOST_REPOSITORIES }
  const [[installation], { repositories }, audit, followed, git] = await Promise.all([
    run((db) => readSettings(db, scope, id)),
    run((db) => readRepositories(db, scope, page)),
    run((db) => readAudit(db, scope, { installationId: id, limit: CHANGES_SHOWN })),
    run((db) => readFollowed(db, scope, id)),
    availability(),
  ]).catch((error: unknown) => {
    throw unavailable(context.logger, error)
  })
  if (!installation) throw new Response(null, { status: 404 })
  const values = valuesOf(installation)
  return json({
    installation,
    values,
    outside: outsideHost(context.config),
    code: { ...followed, off: whyOff(git) },
    repositories: repositories.map((one) => one.fullName),
    changes: audit.entries.map(changeOf),
    now: new Date().toISOString(),
  })
}

function changeOf({ details, ...entry }: AuditEntry): ChangeEntry {
  const { effects } = details as { effects?: unknown }
  const lines = Array.isArray(effects) ? effects.map(String) : []
  const { id, at, actor, action, subject } = entry
  return { id, at, actor, action, subject, effects: lines }
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const outcome = await submitSettings(context, params.id ?? '', await readForm(request))
  return json(outcome, { status: outcome.kind === 'refused' ? 422 : 200 })
}

export default function Settings() {
  const { installation, values, outside, code, repositories, changes, now } =
    useLoaderData<typeof loader>()
  const outcome = useActionData<typeof action>()
  return (
    <>
      <h1 className="mb-6 text-xl font-semibold tracking-tight">
        Settings of {installation.account}
      </h1>
      <Outcome outcome={outcome ?? null} />
      <SettingsForm
        installation={installation}
        values={outcome?.values ?? values}
        outside={outside}
        code={code}
      />
      <SwitchForm installation={installation} />
      <ChangesSection changes={changes} now={now} />
      <PurgeForms account={installation.account} repositories={repositories} />
    </>
  )
}

function Outcome({ outcome }: { outcome: SettingsOutcome | null }) {
  const tone = outcome?.kind === 'refused' ? 'border-warn text-warn' : 'border-accent'
  return (
    <div role="status" className="empty:hidden not-empty:mb-8">
      {outcome && (
        <div className={`rounded-md border-l-4 bg-surface px-4 py-2.5 leading-relaxed ${tone}`}>
          <p className="font-medium">{outcome.headline}</p>
          <ul>
            {outcome.lines.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </div>
      )}
    </div>
  )
}
