/** Handles the forms of the page of deliveries. */
import { isExplained, unavailable } from '#app/api/answers.ts'
import type { LoadContext } from '#app/api/load-context.ts'
import { whereToLook } from '#app/api/problems.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import type { Notice } from './notices.server.ts'

/** Performs what the form asks for. @throws Response 503 if the database does not do it now. */
export async function submitDeliveries(context: LoadContext, form: FormData): Promise<Notice> {
  try {
    return { kind: 'done', text: await act(context, form), hint: null }
  } catch (error) {
    if (isExplained(error)) return { kind: 'refused', text: error.message, hint: error.hint }
    const failure = unavailable(context.logger, error)
    if (failure instanceof Response) throw failure
    context.logger.error({ err: error }, 'a delivery or the webhook could not be changed')
    return { kind: 'refused', text: 'That failed', hint: whereToLook() }
  }
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
