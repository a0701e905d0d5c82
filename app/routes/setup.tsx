import {
  type ActionFunctionArgs,
  type HeadersFunction,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from '@remix-run/node'
import { useActionData, useLoaderData } from '@remix-run/react'
import { unavailable } from '#app/api/answers.ts'
import type { LoadContext } from '#app/api/load-context.ts'
import type { Choice } from '#app/api/shapes/setup-form.ts'
import { isOperator } from '#app/auth/scope.ts'
import { availability, whyOff } from '#app/code/git/clones.ts'
import { ChooseForm } from '#app/components/setup/choose-form.tsx'
import { CreateForm } from '#app/components/setup/create-form.tsx'
import { ImportForm } from '#app/components/setup/import-form.tsx'
import { InstallStep } from '#app/components/setup/install-step.tsx'
import { Problem } from '#app/components/setup/problem.tsx'
import { StepList } from '#app/components/setup/step-list.tsx'
import { TryForm } from '#app/components/setup/try-form.tsx'
import { WhereForm } from '#app/components/setup/where-form.tsx'
import { outsideHost } from '#app/embeddings/providers/resolve-provider.ts'
import { readForm } from '#app/forms/read-form.ts'
import { valuesOf } from '#app/forms/settings.server.ts'
import { type RefusedSetup, type SetupPreview, submitSetup } from '#app/forms/setup.server.ts'
import { UNAPPROVED } from '#app/github/app-errors.ts'
import { readSetup } from '#app/setup/read-setup.ts'
import { stateOf } from '#app/setup/states.ts'
import { type InstallationSettings, readSettings } from '#app/sync/settings/read-settings.ts'

export const meta: MetaFunction = () => [{ title: 'Set-up · Whence' }]

const WAIT_S = '30'

/** The browser asks again when it comes back from GitHub, where the name of the App may have been taken. */
export const headers: HeadersFunction = ({ loaderHeaders }) => {
  const refresh = loaderHeaders.get('Refresh')
  return { 'Cache-Control': 'no-store', ...(refresh !== null && { Refresh: refresh }) }
}

/** @throws Response 404 for people, whose server it is not, 503 if the database does not answer. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { config, logger } = context
  requireOperator(context)
  const asked = new URL(request.url).searchParams.get('step')
  const installations = await readInstallations(context)
  const hasInstallations = installations.length > 0
  const reading = { config, logger, state: stateOf(config, request), asked, hasInstallations }
  // Each read is one transaction of its own, and GitHub is asked between them.
  const db = {
    query: (text: string, values?: unknown[]) =>
      context.reader.run((own) => own.query(text, values)),
  }
  const page = await readSetup(db as Parameters<typeof readSetup>[0], reading).catch(
    (error: unknown) => {
      throw unavailable(logger, error)
    },
  )
  // The page goes on by itself once the owner has accepted.
  const headers = page.waiting.length > 0 ? { Refresh: WAIT_S } : undefined
  return json(
    {
      ...page,
      choices: installations.map(choiceOf),
      outside: outsideHost(config),
      codeOff: whyOff(await availability()),
    },
    headers && { headers },
  )
}

/** @throws Response 404 for people, whose server it is not. */
function requireOperator({ reader }: LoadContext): void {
  if (!isOperator(reader.scope)) throw new Response(null, { status: 404 })
}

async function readInstallations({ reader, logger }: LoadContext): Promise<InstallationSettings[]> {
  const all = await reader
    .run((db) => readSettings(db, reader.scope))
    .catch((error: unknown) => {
      throw unavailable(logger, error)
    })
  return all.filter(
    ({ active, inactiveReason, kind }) =>
      kind === 'app' && (active || inactiveReason === UNAPPROVED),
  )
}

function choiceOf(installation: InstallationSettings): Choice {
  const { include, exclude, code, codeBranches, outsideEmbedding, texts } = valuesOf(installation)
  const { installation: id, account } = installation
  const incremental = texts['schedules.incremental'] ?? ''
  const schedule = incremental === 'off' ? '15m' : incremental
  return {
    ...{ id, account, include, exclude, code, codeBranches, outsideEmbedding, schedule },
    ...{ isUnapproved: installation.inactiveReason === UNAPPROVED, isApproved: false },
    history: texts.history ?? '',
  }
}

export async function action({ request, context }: ActionFunctionArgs) {
  requireOperator(context)
  const outcome = await submitSetup(context, await readForm(request))
  if ('headline' in outcome) return json(outcome, { status: 422 })
  if ('estimates' in outcome) return json(outcome)
  const headers = new Headers(outcome.cookie ? [['Set-Cookie', outcome.cookie]] : [])
  return redirect(outcome.location, { status: 303, headers })
}

export default function SetupPage() {
  const page = useLoaderData<typeof loader>()
  const outcome = useActionData<typeof action>()
  const preview = outcome && 'estimates' in outcome ? outcome : null
  const refused = outcome && 'headline' in outcome ? outcome : null
  return (
    <div className="max-w-3xl">
      <h1 className="mb-4 text-xl font-semibold tracking-tight">Set up GitHub</h1>
      <StepList step={page.step} />
      {refused && <Problem problem={refused} />}
      {page.access.problem && (
        <Problem
          problem={{ headline: page.access.problem, hint: 'Or enter the credentials again.' }}
        />
      )}
      <Step page={page} preview={preview} refused={refused} />
    </div>
  )
}

type Page = ReturnType<typeof useLoaderData<typeof loader>>

interface Answered {
  page: Page
  preview: SetupPreview | null
  /** The form that was refused, whose fields are filled in again. */
  refused: RefusedSetup | null
}

function Step({ page, preview, refused }: Answered) {
  if (page.access.source === 'environment') return <Configured />
  switch (page.step) {
    case 'where':
      return (
        <>
          <WhereForm page={page} entered={refused?.entered} />
          <ImportForm page={page} entered={refused?.entered} />
          <TryForm page={page} entered={refused?.entered} />
        </>
      )
    case 'create':
      return <CreateForm page={page} />
    case 'install':
      return <InstallStep page={page} />
    case 'choose':
      return (
        <ChooseForm
          choices={preview?.choices ?? refused?.choices ?? page.choices}
          outside={page.outside}
          codeOff={page.codeOff}
          page={page}
          preview={preview}
        />
      )
    case 'done':
      return <Done />
  }
}

function Configured() {
  return (
    <p className="leading-relaxed">
      The credentials are set by environment variables, which win over what is stored here.{' '}
      <span className="text-soft">
        To set them up in the browser, unset them and restart Whence.
      </span>
    </p>
  )
}

function Done() {
  return (
    <p className="leading-relaxed">
      The set-up is complete. The{' '}
      <a className="text-accent underline" href="/">
        home page
      </a>{' '}
      shows each account, its sync and its settings. To connect another App or token,{' '}
      <a className="text-accent underline" href="/setup?step=where">
        set up GitHub again
      </a>
      .
    </p>
  )
}
