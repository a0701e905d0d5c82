/** Where a person agrees to sign in, and the address that exchanges what they agreed to. */
import type { StandInState } from '../state.ts'
import { html, pageOf } from '../web/html.ts'

interface Sent {
  method: string
  url: URL
  text: string
}

type Shown =
  | { status: number; text: string }
  | { location: string }
  | { status: number; json: object }

const AUTHORIZE = '/login/oauth/authorize'
const EXCHANGE = '/login/oauth/access_token'

/** Answers the addresses of the sign-in; null for any other. */
export function answerSignIn(state: StandInState, sent: Sent): Shown | null {
  const { pathname } = sent.url
  if (pathname === AUTHORIZE) return authorize(state, sent.url)
  if (pathname !== EXCHANGE || sent.method !== 'POST') return null
  const { signIn, app } = state
  if (signIn.isDown) return { status: 503, text: pageOf('Unicorn!', html`<p>No server.</p>`) }
  return { status: 200, json: signIn.answer(new URLSearchParams(sent.text), app.clientId) }
}

/** Shows the people; the address of each link is that of the page, with `as`. */
function authorize({ app, people, signIn }: StandInState, url: URL): Shown {
  const asked = url.searchParams
  const redirectUri = asked.get('redirect_uri') ?? ''
  if (asked.get('client_id') !== app.clientId || !URL.canParse(redirectUri))
    return { status: 404, text: pageOf('Not found', html`<p>There is no such App.</p>`) }
  const back = new URL(redirectUri)
  back.searchParams.set('state', asked.get('state') ?? '')
  const login = asked.get('as')
  if (login !== null) {
    const challenge = asked.get('code_challenge')
    back.searchParams.set('code', signIn.agree({ login, redirectUri, challenge }))
    return { location: back.href }
  }
  const addressFor = (one: string) => {
    const address = new URL(url)
    address.searchParams.set('as', one)
    return address.pathname + address.search
  }
  const links = people
    .logins()
    .map((one) => html`<li><a href="${addressFor(one)}">Continue as ${one}</a></li>`)
  back.searchParams.set('error', 'access_denied')
  const title = asked.has('prompt') ? 'Choose an account' : `Sign in to ${app.slug}`
  return {
    status: 200,
    text: pageOf(title, html`<ul>${links}</ul><p><a href="${back.href}">Cancel</a></p>`),
  }
}
