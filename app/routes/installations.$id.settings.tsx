import {
  type ActionFunctionArgs,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node'
import { useActionData, useLoaderData } from '@remix-run/react'
import { isOutage } from '#app/api/answers.ts'
import { readRepositories } from '#app/archive/repositories.ts'
import { PurgeForms } from '#app/components/settings/purge-forms.tsx'
import { SettingsForm } from '#app/components/settings/settings-form.tsx'
import { type SettingsOutcome, submitSettings, valuesOf } from '#app/forms/settings.server.ts'
import { readSettings } from '#app/sync/requests/read-settings.ts'

const MOST_REPOSITORIES = 500

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: data ? `Settings of ${data.installation.account} · Whence` : 'Settings · Whence' },
]

/** @throws Response 404 without such an installation, 503 if the database does not answer. */
export async function loader({ params, context }: LoaderFunctionArgs) {
  const { run, scope } = context.reader
  const id = params.id ?? ''
  if (!/^\d{1,18}$/.test(id)) throw new Response(null, { status: 404 })
  const page = { installationId: id, limit: MOST_REPOSITORIES }
  const [[installation], { repositories }] = await Promise.all([
    run((db) => readSettings(db, scope, id)),
    run((db) => readRepositories(db, scope, page)),
  ]).catch((error: unknown) => {
    throw isOutage(error) ? new Response(null, { status: 503 }) : error
  })
  if (!installation) throw new Response(null, { status: 404 })
  const values = valuesOf(installation)
  return json({ installation, values, repositories: repositories.map((one) => one.fullName) })
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const outcome = await submitSettings(context, params.id ?? '', await request.formData())
  return json(outcome, { status: outcome.kind === 'refused' ? 422 : 200 })
}

export default function Settings() {
  const { installation, values, repositories } = useLoaderData<typeof loader>()
  const outcome = useActionData<typeof action>()
  return (
    <>
      <h1 className="mb-6 text-xl font-semibold tracking-tight">
        Settings of {installation.account}
      </h1>
      <Outcome outcome={outcome ?? null} />
      <SettingsForm installation={installation} values={outcome?.values ?? values} />
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
