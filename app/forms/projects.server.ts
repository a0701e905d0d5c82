/** Handles the forms of the page of projects. */
import { check } from '#app/api/answers.ts'
import type { LoadContext } from '#app/api/load-context.ts'
import { datasetChange } from '#app/code/ingest/change-dataset.ts'
import { codeName, requestedIngest } from '#app/code/ingest/requested-ingest.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import { parseSchedule } from '#app/schedules/schedule-words.ts'
import { noticeOf } from './decisions.server.ts'
import type { Notice } from './notices.server.ts'

/** Performs what the form asks for. @throws Response 503 if the database does not do it now. */
export function submitProjects(context: LoadContext, form: FormData): Promise<Notice> {
  return noticeOf(context, () => act(context, form))
}

async function act({ decisions }: LoadContext, form: FormData): Promise<string> {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  switch (form.get('intent')) {
    case 'ingest': {
      const optional = ['dataset', 'branch', 'sha'].flatMap((name) =>
        text(name) === '' ? [] : [[name, text(name)]],
      )
      const wanted = { repo: text('repo'), ...Object.fromEntries(optional) }
      const scope = form.get('shared') === null ? 'project' : 'shared'
      const requested = check(requestedIngest, { ...wanted, scope })
      const job = await decisions.requestIngest(check(codeName, text('project')), requested)
      const what = `${job.repository} (${job.branch}) into ${job.project}/${job.dataset}`
      return job.status === 'joined'
        ? `Job ${job.jobId} ingests ${what} already.`
        : `Requested job ${job.jobId}: ${what}.`
    }
    case 'delete': {
      const dataset = text('dataset')
      if (text('confirmation') !== dataset)
        throw new RefusedError(
          'invalid',
          `The dataset ${dataset} was not deleted: what was typed is not its name`,
          `Type ${dataset} to confirm.`,
        )
      const { chunks, complete } = await decisions.deleteCode(text('project'), { dataset })
      const rest = complete ? '' : ' The workers delete the rest; nobody sees it any more.'
      return `Deleted ${dataset} with ${chunks} chunk${chunks === 1 ? '' : 's'}.${rest}`
    }
    case 'set-dataset': {
      const name = { project: text('project'), dataset: text('dataset') }
      const change = check(datasetChange, {
        schedule: parseSchedule(text('schedule')),
        onPush: form.get('on_push') !== null,
        priority: text('priority'),
      })
      await decisions.changeDataset(name, change)
      return `Saved ${name.project}/${name.dataset}.`
    }
    case 'cancel':
      await decisions.cancelJob(text('job'))
      return `Cancelled job ${text('job')}.`
    case 'retry': {
      const items = await decisions.retryJob(text('job'))
      return `Retrying ${items} work item${items === 1 ? '' : 's'} of job ${text('job')}.`
    }
    default:
      throw new RefusedError('invalid', 'The page sent an unknown request', 'Reload the page.')
  }
}
