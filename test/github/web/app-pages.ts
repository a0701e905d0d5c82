/** The pages on which a person creates and installs an App. */
import { refuseManifest } from '../app-creation.ts'
import type { StandInState } from '../state.ts'
import { installFor } from '../world/installations.ts'
import type { Actor } from '../world/model.ts'
import { actorNamed } from '../world/world.ts'
import { type Html, html, pageOf } from './html.ts'

interface Sent {
  method: string
  url: URL
  text: string
}

export type Shown = { status: number; text: string } | { location: string }

const NEW_APP = /^(?:\/organizations\/([^/]+))?\/settings\/apps\/new$/
const INSTALL = /^\/apps\/([^/]+)\/installations\/new$/

/** Answers the pages about the App; null for any other address. */
export function answerAppPage(state: StandInState, sent: Sent): Shown | null {
  const [isNew, organization] = NEW_APP.exec(sent.url.pathname) ?? []
  if (isNew) return newApp(state, sent, organization ?? null)
  const [isInstall, slug] = INSTALL.exec(sent.url.pathname) ?? []
  if (!isInstall) return null
  if (slug !== state.app.slug) return shown(404, 'Not found', html`<p>There is no such App.</p>`)
  return sent.method === 'POST' ? install(state, sent) : accounts(state, sent.url)
}

function newApp({ creation }: StandInState, { url, text }: Sent, owner: string | null): Shown {
  const form = new URLSearchParams(text)
  const manifest = refuseManifest(form.get('manifest') ?? '')
  if (typeof manifest === 'string')
    return shown(422, 'Invalid GitHub App', html`<p>${manifest}</p>`)
  if (creation.takenNames.has(manifest.name))
    return shown(422, 'Create GitHub App', html`<p>Name has already been taken</p>`)
  const back = new URL(manifest.redirect_url)
  back.searchParams.set('code', creation.confirm(manifest, owner))
  const state = url.searchParams.get('state')
  if (state) back.searchParams.set('state', state)
  return shown(
    200,
    'Create GitHub App',
    html`<p>Name: ${manifest.name}. Owner: ${owner ?? 'you'}.</p>
<p><a href="${back.href}">Create GitHub App for ${owner ?? 'yourself'}</a></p>`,
  )
}

function accounts({ world, app }: StandInState, url: URL): Shown {
  const owners = [...new Set([...world.repositories.values()].map(({ owner }) => owner))]
  const buttons = owners.map(
    ({ login }) =>
      html`<p><button name="account" value="${login}">Install on ${login}</button>
<button name="request" value="${login}">Request ${login}'s owner to install</button></p>`,
  )
  return shown(
    200,
    `Install ${app.slug}`,
    html`<form method="post" action="${url.pathname}">${buttons}</form>`,
  )
}

function install({ world, creation }: StandInState, { text }: Sent): Shown {
  const form = new URLSearchParams(text)
  const login = form.get('account') ?? form.get('request') ?? ''
  const account = [...world.repositories.values()]
    .map(({ owner }) => owner)
    .find((owner) => owner.login === login)
  if (!account) return shown(404, 'Not found', html`<p>There is no account ${login}.</p>`)
  if (form.has('request')) {
    const requester = actorNamed(world, 'stand-in-reader') as Actor
    const createdAt = world.clock.now().toISOString()
    creation.requests.push({ id: creation.requests.length + 1, account, requester, createdAt })
    return back(creation.setupUrl, { setup_action: 'request' })
  }
  creation.requests = creation.requests.filter((one) => one.account !== account)
  const { id } = installFor(world, account)
  return back(creation.setupUrl, { installation_id: String(id), setup_action: 'install' })
}

function back(setupUrl: string | null, facts: Record<string, string>): Shown {
  if (!setupUrl) return shown(200, 'Done', html`<p>The App has no set-up address.</p>`)
  const url = new URL(setupUrl)
  for (const [name, value] of Object.entries(facts)) url.searchParams.set(name, value)
  return { location: url.href }
}

function shown(status: number, title: string, content: Html): Shown {
  return { status, text: pageOf(title, content) }
}
