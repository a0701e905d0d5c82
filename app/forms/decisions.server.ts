/** What a person asks for by a button of the page. */

import type { LoadContext } from '#app/api/load-context.ts'
import { OperatorError, RefusedError } from '#app/config/errors.server.ts'
import { cancelJob, retryJob } from '#app/ledger/views/decide.ts'
import { askForSync } from '#app/sync/requests/ask-for-sync.ts'
import type { Notice } from './notices.server.ts'

/** @returns what became of it, for the page to tell. */
export async function obey(context: LoadContext, form: FormData): Promise<Notice> {
  try {
    return { kind: 'done', text: await act(context, form), mend: null }
  } catch (error) {
    if (error instanceof OperatorError || error instanceof RefusedError)
      return { kind: 'refused', text: error.message, mend: error.mend }
    context.logger.error({ err: error }, 'what a person asked for could not be done')
    return { kind: 'refused', text: 'That could not be done', mend: 'The log of Whence says why.' }
  }
}

async function act({ database, scope }: LoadContext, form: FormData): Promise<string> {
  const { pool } = database
  const job = textOf(form, 'job')
  switch (textOf(form, 'intent')) {
    case 'sync': {
      const mode = textOf(form, 'mode') === 'full' ? 'full' : 'incremental'
      const installation = textOf(form, 'installation')
      if (!/^\d{1,18}$/.test(installation)) throw unknownWish()
      const asked = await askForSync(database, scope, 'manual', { installation, mode })
      return asked.joined
        ? `${asked.message}.`
        : `Job ${asked.runId} is asked for. ${asked.message}.`
    }
    case 'cancel':
      await cancelJob(pool, scope, job)
      return `Job ${job} is cancelled.`
    case 'retry': {
      const items = await retryJob(pool, scope, job)
      return `Job ${job} tries ${items} work item${items === 1 ? '' : 's'} again.`
    }
    default:
      throw unknownWish()
  }
}

function unknownWish(): RefusedError {
  return new RefusedError('invalid', 'The page asked for something unknown', 'Load it again.')
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}
