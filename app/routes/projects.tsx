import {
  type ActionFunctionArgs,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from '@remix-run/node'
import { useActionData, useLoaderData, useRevalidator, useSubmit } from '@remix-run/react'
import type { ReactNode } from 'react'
import { unavailable } from '#app/api/answers.ts'
import { availability, whyOff } from '#app/code/git/clones.ts'
import { readDatasets } from '#app/code/ingest/read-datasets.ts'
import { MOST as MOST_REFS, readIngested } from '#app/code/views/projects.ts'
import { SubmitForm } from '#app/components/elements/action-form.tsx'
import { LostBar, NoticeBar, StateSpeaker } from '#app/components/elements/notice.tsx'
import { Section } from '#app/components/elements/section.tsx'
import { LIVE } from '#app/components/layout/live-handle.ts'
import { updateJobs } from '#app/components/live/live-jobs.ts'
import { LivenessBar } from '#app/components/live/liveness-bar.tsx'
import { useLive } from '#app/components/live/use-live.ts'
import { DatasetForms } from '#app/components/projects/dataset-forms.tsx'
import {
  type IngestFilter,
  ingestAddress,
  ingestFilterOf,
} from '#app/components/projects/ingest-address.ts'
import { IngestFilterForm } from '#app/components/projects/ingest-filter.tsx'
import { IngestForm, type IngestValues } from '#app/components/projects/ingest-form.tsx'
import { IngestList } from '#app/components/projects/ingest-list.tsx'
import { DeleteForm, IngestedTable } from '#app/components/projects/ingested-table.tsx'
import { carryNotice, readNotice } from '#app/forms/notices.server.ts'
import { submitProjects } from '#app/forms/projects.server.ts'
import { readForm } from '#app/forms/read-form.ts'
import { isOpen, RUN_STATES } from '#app/ledger/run-states.ts'
import { STATUS_OF } from '#app/ledger/views/ingest-view.ts'
import { readAllJobs } from '#app/ledger/views/jobs.ts'
import { writeSchedule } from '#app/schedules/schedule-words.ts'

const PAGE = 20
/** Open jobs that are listed at the most. */
const MOST_OPEN = 50

export const handle = LIVE

export const meta: MetaFunction = () => [{ title: 'Projects · Whence' }]

/** @throws Response 503 if the database does not answer. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { run, scope } = context.reader
  const filter = ingestFilterOf(new URL(request.url).searchParams)
  const { status, project, before } = filter
  const open = { kind: 'code' as const, states: RUN_STATES.filter(isOpen), limit: MOST_OPEN }
  const ended = {
    ...{ kind: 'code' as const, limit: PAGE + 1 },
    states: RUN_STATES.filter(
      (state) => !isOpen(state) && (!status || STATUS_OF[state] === status),
    ),
    ...(project && { project }),
    ...(before && { before }),
  }
  const [git, refs, datasets, openJobs, endedJobs] = await Promise.all([
    availability(),
    run((db) => readIngested(db, scope)),
    run((db) => readDatasets(db, scope)),
    run((db) => readAllJobs(db, scope, open)),
    run((db) => readAllJobs(db, scope, ended)),
  ]).catch((error: unknown) => {
    throw unavailable(context.logger, error)
  })
  return json({
    off: whyOff(git),
    datasets: datasets.map((one) => ({ ...one, typed: writeSchedule(one.schedule.rule) })),
    ...{ refs, isCut: refs.length === MOST_REFS, filter },
    // In the order in which they start.
    openJobs: openJobs.reverse(),
    endedJobs: endedJobs.slice(0, PAGE),
    next: endedJobs.length > PAGE ? (endedJobs[PAGE - 1]?.id ?? null) : null,
    notice: readNotice(context.config, request),
    now: new Date().toISOString(),
  })
}

export async function action({ request, context }: ActionFunctionArgs) {
  const form = await readForm(request)
  const notice = await submitProjects(context, form)
  if (notice.kind === 'refused')
    return json(
      { notice, values: form.get('intent') === 'ingest' ? valuesOf(form) : null },
      { status: 422 },
    )
  const here = ingestAddress(ingestFilterOf(new URL(request.url).searchParams))
  const { location, cookie } = carryNotice(context.config, notice, here)
  throw redirect(location, { status: 303, headers: { 'Set-Cookie': cookie } })
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
  const { off, isCut, refs, datasets, filter, next, notice, ...loaded } =
    useLoaderData<typeof loader>()
  const answer = useActionData<typeof action>()
  const { revalidate } = useRevalidator()
  const all = [...loaded.openJobs, ...loaded.endedJobs]
  const { jobs, now, liveness } = useLive(all, loaded.now, revalidate, updateJobs)
  const submit = useSubmit()
  const here = ingestAddress(filter)
  const open = jobs.slice(0, loaded.openJobs.length)
  const ended = jobs.slice(loaded.openJobs.length)
  return (
    <SubmitForm.Provider
      value={(form) => submit(form, { preventScrollReset: true, replace: true })}
    >
      <h1 className="mb-6 text-xl font-semibold tracking-tight">Projects</h1>
      <LivenessBar liveness={liveness} />
      <LostBar isLost={liveness.isLost} />
      <NoticeBar notice={answer?.notice ?? notice} />
      <StateSpeaker jobs={open} />
      {off && <p className="mb-6 text-warn">No code is ingested here: {off}</p>}
      <Section id="ingest" title="Ingest code">
        <IngestForm values={answer?.values ?? null} here={here} />
      </Section>
      <Section id="open" title="In progress">
        {open.length > 0 ? (
          <IngestList jobs={open} here={here} now={now} />
        ) : (
          <p className="text-soft">Nothing is being ingested.</p>
        )}
        {open.length === MOST_OPEN && (
          <p className="mt-3 text-soft">Only the newest {MOST_OPEN} are listed.</p>
        )}
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
      <Section id="history" title="History">
        <IngestFilterForm filter={filter} />
        {ended.length > 0 ? (
          <IngestList jobs={ended} here={here} now={now} />
        ) : (
          <p className="text-soft">No jobs here.</p>
        )}
        <p className="mt-4 flex flex-wrap gap-x-6 gap-y-2">
          {filter.before && <HistoryLink to={{ ...filter, before: null }}>Newest jobs</HistoryLink>}
          {next && <HistoryLink to={{ ...filter, before: next }}>Older jobs</HistoryLink>}
        </p>
      </Section>
      {datasets.length > 0 && <DatasetForms datasets={datasets} now={now} />}
      {datasets.length > 0 && (
        <Section id="delete" title="Delete">
          <div className="space-y-3">
            {datasets.map(({ project, dataset }) => (
              <DeleteForm key={`${project}/${dataset}`} {...{ project, dataset, here }} />
            ))}
          </div>
        </Section>
      )}
    </SubmitForm.Provider>
  )
}

function HistoryLink({ to, children }: { to: IngestFilter; children: ReactNode }) {
  return (
    <a className="text-accent underline underline-offset-4" href={`${ingestAddress(to)}#history`}>
      {children}
    </a>
  )
}
