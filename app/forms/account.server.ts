/** Handles the forms of the pages of the account and of agents. */
import type { LoadContext } from '#app/api/load-context.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import { noticeOf } from './decisions.server.ts'
import type { Notice } from './notices.server.ts'

export interface AccountOutcome {
  notice: Notice
  /** The token that was made. */
  made: string | null
}

/** Performs what the form asks for. @throws Response 503 if the database does not do it now. */
export async function submitAccount(context: LoadContext, form: FormData): Promise<AccountOutcome> {
  let made: string | null = null
  const notice = await noticeOf(context, async () => {
    const { ownTokens } = context.decisions
    switch (form.get('intent')) {
      case 'create-token': {
        const name = textOf(form, 'name')
        made = await ownTokens.create(name, Number(textOf(form, 'days')))
        return `Created the token "${name}".`
      }
      case 'connect-agent': {
        const name = textOf(form, 'name')
        const days = Number(textOf(form, 'days'))
        made = await ownTokens.createNarrowed(name, days, namesOf(form))
        return `Created the token "${name}".`
      }
      case 'revoke-token':
        return `Revoked the token "${await ownTokens.revoke(textOf(form, 'token'))}".`
      default:
        throw new RefusedError('invalid', 'The page sent an unknown request', 'Reload the page.')
    }
  })
  return { notice, made }
}

/** Returns the names that were ticked, and those that were typed. */
function namesOf(form: FormData): string[] {
  const given = form.getAll('repository').filter((name) => typeof name === 'string')
  return [...new Set(given.flatMap((text) => text.split(/[\s,]+/)).filter(Boolean))]
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value.trim() : ''
}
