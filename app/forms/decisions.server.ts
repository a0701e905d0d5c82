/** Handles the actions that a person requests with a button of the page. */

import { isExplained, unavailable } from '#app/api/answers.ts'
import type { LoadContext } from '#app/api/load-context.ts'
import { whereToLook } from '#app/api/problems.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import type { Notice } from './notices.server.ts'

/**
 * Performs the requested action. @returns a notice for the page about the result.
 *
 * @throws Response 503 if the database does not do it now.
 */
export function dispatch(context: LoadContext, form: FormData): Promise<Notice> {
  return noticeOf(context, () => act(context, form))
}

/**
 * Returns the notice about what was asked for.
 *
 * @param work does it, and returns what it did in words.
 * @throws Response 503 if the database does not do it now.
 */
export async function noticeOf(context: LoadContext, work: () => Promise<string>): Promise<Notice> {
  try {
    return { kind: 'done', text: await work(), hint: null }
  } catch (error) {
    if (isExplained(error)) return { kind: 'refused', text: error.message, hint: error.hint }
    const failure = unavailable(context.logger, error)
    if (failure instanceof Response) throw failure
    context.logger.error({ err: error }, 'what a person asked for could not be done')
    return { kind: 'refused', text: 'That failed', hint: whereToLook() }
  }
}

async function act({ decisions }: LoadContext, form: FormData): Promise<string> {
  const job = textOf(form, 'job')
  switch (textOf(form, 'intent')) {
    case 'sync': {
      const mode = textOf(form, 'mode') === 'full' ? 'full' : 'incremental'
      const installation = textOf(form, 'installation')
      if (!/^\d{1,18}$/.test(installation)) throw unknownAction()
      const repository = textOf(form, 'repository')
      const repositories = repository === '' ? {} : { repositories: [repository] }
      const requested = await decisions.requestSyncFor({ installation, mode, ...repositories })
      return requested.joined
        ? `${requested.message}.`
        : `Requested job ${requested.runId}. ${requested.message}.`
    }
    case 'switch': {
      const active = textOf(form, 'active') === 'true'
      const changed = await decisions.changeInstallation(textOf(form, 'installation'), { active })
      return changed.effects.join(' ')
    }
    case 'schedules': {
      const schedules_paused = textOf(form, 'paused') === 'true'
      const installation = textOf(form, 'installation')
      const changed = await decisions.changeInstallation(installation, { schedules_paused })
      return changed.effects.join(' ') || 'Nothing differs.'
    }
    case 'cancel':
      await decisions.cancelJob(job)
      return `Cancelled job ${job}.`
    case 'retry': {
      const items = await decisions.retryJob(job)
      return `Retrying ${items} work item${items === 1 ? '' : 's'} of job ${job}.`
    }
    default:
      throw unknownAction()
  }
}

function unknownAction(): RefusedError {
  return new RefusedError('invalid', 'The page sent an unknown request', 'Reload the page.')
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}
