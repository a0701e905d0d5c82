import {
  type ActionFunctionArgs,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node'
import { useActionData, useLoaderData } from '@remix-run/react'
import { unavailable } from '#app/api/answers.ts'
import { availability } from '#app/code/git/clones.ts'
import { MOST as MOST_REFS, readIngested } from '#app/code/views/projects.ts'
import { NoticeBar } from '#app/components/elements/notice.tsx'
import { Section } from '#app/components/elements/section.tsx'
import { IngestForm, type IngestValues } from '#app/components/projects/ingest-form.tsx'
import { IngestJobs } from '#app/components/projects/ingest-jobs.tsx'
import { DeleteForm, IngestedTable } from '#app/components/projects/ingested-table.tsx'
import { submitProjects } from '#app/forms/projects.server.ts'
import { readForm } from '#app/forms/read-form.ts'
import { readAllJobs } from '#app/ledger/views/jobs.ts'

const PAGE = 20

export const meta: MetaFunction = () => [{ title: 'Projects · Whence' }]

/** @throws Response 503 if the database does not answer. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { run, scope } = context.reader
  const before = /^\d{1,18}$/.exec(new URL(request.url).searchParams.get('before') ?? '')?.[0]
  const page = { kind: 'code' as const, limit: PAGE + 1, ...(before && { before }) }
  const [git, refs, jobs] = await Promise.all([
    availability(),
    run((db) => readIngested(db, scope)),
    run((db) => readAllJobs(db, scope, page)),
  ]).catch((error: unknown) => {
    throw unavailable(context.logger, error)
  })
  const next = jobs.length > PAGE ? (jobs[PAGE - 1]?.id ?? null) : null
  const off = git.available ? null : `${git.reason.message}. ${git.reason.hint}`
  const isCut = refs.length === MOST_REFS
  return json({ off, isCut, refs, jobs: jobs.slice(0, PAGE), next, now: new Date().toISOString() })
}

export async function action({ request, context }: ActionFunctionArgs) {
  const form = await readForm(request)
  const notice = await submitProjects(context, form)
  const isRefused = notice.kind === 'refused'
  const values = isRefused && form.get('intent') === 'ingest' ? valuesOf(form) : null
  return json({ notice, values }, { status: isRefused ? 422 : 200 })
}

function valuesOf(form: FormData): IngestValues {
  const text = (name: string) => String(form.get(name) ?? '')
  const [repo, project, dataset] = [text('repo'), text('project'), text('dataset')]
  return {
    ...{ repo, project, dataset, branch: text('branch'), sha: text('sha') },
    isShared: form.get('shared') !== null,
  }
}

export default function Projects() {
  const { off, isCut, refs, jobs, next, now } = useLoaderData<typeof loader>()
  const answer = useActionData<typeof action>()
  const datasets = refs.filter(
    (one, index) =>
      refs.findIndex(
        ({ project, dataset }) => project === one.project && dataset === one.dataset,
      ) === index,
  )
  return (
    <>
      <h1 className="mb-6 text-xl font-semibold tracking-tight">Projects</h1>
      <NoticeBar notice={answer?.notice ?? null} />
      {off && <p className="mb-6 text-warn">No code is ingested here: {off}</p>}
      <Section id="ingest" title="Ingest code">
        <IngestForm values={answer?.values ?? null} />
      </Section>
      <Section id="ingested" title="Ingested">
        {refs.length > 0 ? (
          <>
            <IngestedTable refs={refs} now={now} />
            {isCut && <p className="mt-3 text-soft">Only the first {refs.length} are listed.</p>}
          </>
        ) : (
          <p className="text-soft">No code is ingested.</p>
        )}
      </Section>
      <Section id="jobs" title="Jobs">
        {jobs.length > 0 ? (
          <IngestJobs jobs={jobs} now={now} />
        ) : (
          <p className="text-soft">No code was ingested yet.</p>
        )}
        {next && (
          <p className="mt-4">
            <a
              className="text-accent underline underline-offset-4"
              href={`/projects?before=${next}`}
            >
              Older jobs
            </a>
          </p>
        )}
      </Section>
      {datasets.length > 0 && (
        <Section id="delete" title="Delete">
          <div className="space-y-3">
            {datasets.map(({ project, dataset }) => (
              <DeleteForm key={`${project}/${dataset}`} project={project} dataset={dataset} />
            ))}
          </div>
        </Section>
      )}
    </>
  )
}
