/** Handles the forms of the page of deliveries. */
import type { LoadContext } from '#app/api/load-context.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import { noticeOf } from './decisions.server.ts'
import type { Notice } from './notices.server.ts'

/** Performs what the form asks for. @throws Response 503 if the database does not do it now. */
export function submitDeliveries(context: LoadContext, form: FormData): Promise<Notice> {
  return noticeOf(context, () => act(context, form))
}

async function act({ decisions }: LoadContext, form: FormData): Promise<string> {
  switch (form.get('intent')) {
    case 'handle-again':
      await decisions.handleAgain(String(form.get('delivery')))
      return 'The delivery is handled again.'
    case 'hook-address':
      return decisions.changeHook('address')
    case 'hook-secret':
      return decisions.changeHook('secret')
    default:
      throw new RefusedError('invalid', 'The page sent an unknown request', 'Reload the page.')
  }
}
