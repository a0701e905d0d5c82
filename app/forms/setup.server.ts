/** Reads the forms of the set-up. */
import { isExplained, unavailable } from '#app/api/answers.ts'
import type { LoadContext } from '#app/api/load-context.ts'
import { whereToLook } from '#app/api/problems.ts'
import type { Choice, Estimate } from '#app/api/shapes/setup-form.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import type { Trial } from '#app/embeddings/try-provider.ts'
import { HOOK_MODES, type HookMode } from '#app/github/connection/connection.ts'
import type { Plan } from '#app/setup/open-setup.ts'
import { stateCookie } from '#app/setup/states.ts'
import { changeOfText } from '#app/sync/settings/change-of-text.ts'

/** What the page says about a form that was refused. */
export interface SetupProblem {
  headline: string
  hint: string
}

/** A form that was refused, as it was sent. */
export interface RefusedSetup extends SetupProblem {
  /** By the names of the fields; without secrets. */
  entered: Record<string, string>
  /** What was chosen for each account; null if it was another form. */
  choices: Choice[] | null
}

const SECRETS = new Set(['private_key', 'webhook_secret', 'client_secret', 'token'])

/** Where the browser goes on, with the cookie that it keeps. */
export interface SetupStep {
  location: string
  cookie: string | null
}

/** What a first sync would read and cost, with the form as it was sent. */
export interface SetupPreview {
  choices: Choice[]
  /** Dollars, or any other currency, for a million tokens, as entered; null without a price. */
  price: number | null
  estimates: Estimate[]
  trial: Trial | null
}

/** @throws Response 503 if the database does not do it now. */
export async function submitSetup(
  context: LoadContext,
  form: FormData,
): Promise<SetupStep | SetupPreview | RefusedSetup> {
  const outcome = await guarded(context, () => act(context, form))
  if (!('headline' in outcome)) return outcome
  const entered = [...form].flatMap(([name, value]) =>
    typeof value === 'string' && !SECRETS.has(name) ? [[name, value]] : [],
  )
  const choices = form.has('installation') ? choicesOf(form) : null
  return { ...outcome, choices, entered: Object.fromEntries(entered) }
}

/** Returns what went wrong in words. @throws Response 503 if the database does not do it now. */
export async function guarded<T>(
  context: LoadContext,
  work: () => Promise<T>,
): Promise<T | SetupProblem> {
  try {
    return await work()
  } catch (error) {
    if (isExplained(error)) {
      context.logger.warn({ hint: error.hint }, `the set-up was refused: ${error.message}`)
      return { headline: error.message, hint: error.hint }
    }
    const failure = unavailable(context.logger, error)
    if (failure instanceof Response) throw failure
    context.logger.error({ err: error }, 'the set-up failed')
    return { headline: 'That failed', hint: whereToLook() }
  }
}

async function act(context: LoadContext, form: FormData): Promise<SetupStep | SetupPreview> {
  const { setup } = context.decisions
  const intent = textOf(form, 'intent')
  switch (intent) {
    case 'plan': {
      const state = await setup.plan(planOf(form))
      return { location: '/setup?step=create', cookie: stateCookie(context.config, state) }
    }
    case 'import': {
      const [appId, webhookSecret] = [textOf(form, 'app_id'), textOf(form, 'webhook_secret')]
      const privateKey = textOf(form, 'private_key')
      const client = clientOf(form)
      const place = { ...addressesOf(textOf(form, 'import_host')), hookMode: hookModeOf(form) }
      await setup.importApp({ appId, privateKey, webhookSecret, client }, place)
      return { location: '/setup', cookie: null }
    }
    case 'try': {
      await tryRepositories(context, form)
      return { location: '/', cookie: null }
    }
    case 'find': {
      await setup.findInstallations()
      return { location: '/setup', cookie: null }
    }
    case 'estimate':
      return preview(context, form)
    case 'start': {
      await choose(context, form)
      await setup.complete()
      return { location: '/', cookie: null }
    }
    default:
      throw new RefusedError('invalid', 'The page sent an unknown request', 'Reload the page.')
  }
}

function planOf(form: FormData): Plan {
  const owner = textOf(form, 'owner')
  if (owner !== '' && !/^[a-z\d](?:-?[a-z\d]){0,38}$/i.test(owner))
    throw new RefusedError(
      'invalid',
      `"${owner}" is not the name of an organisation`,
      'Enter it as in its address on GitHub, or leave it empty for your own account.',
    )
  const isPublic = form.has('is_public')
  const place = addressesOf(textOf(form, 'host'))
  return { ...place, owner: owner || null, isPublic, hookMode: hookModeOf(form) }
}

/** Returns what people sign in with; null if both fields are empty. @throws RefusedError if one is missing or wrong. */
function clientOf(form: FormData): { id: string; secret: string } | null {
  const [id, secret] = [textOf(form, 'client_id'), textOf(form, 'client_secret')]
  if (id === '' && secret === '') return null
  if (!/^[\w.-]{1,100}$/.test(id) || !/^[\x21-\x7e]{1,200}$/.test(secret))
    throw new RefusedError(
      'invalid',
      'The client ID and the client secret are needed together',
      'Copy both from the page of the App, or leave both empty: people cannot sign in then.',
    )
  return { id, secret }
}

function hookModeOf(form: FormData): HookMode {
  return HOOK_MODES.find((mode) => mode === textOf(form, 'hook_mode')) ?? 'none'
}

/** Returns the addresses of a GitHub: of GitHub.com, of a company's `*.ghe.com`, or of an Enterprise Server. */
function addressesOf(host: string): Pick<Plan, 'apiUrl' | 'webUrl'> {
  const name = host.toLowerCase().replace(/^https:\/\/|\/$/g, '')
  if (name === '' || name === 'github.com') return { apiUrl: null, webUrl: null }
  if (!/^[a-z\d](?:[a-z\d.-]*[a-z\d])?(?::\d{1,5})?$/.test(name))
    throw new RefusedError(
      'invalid',
      `"${host}" is not the name of a host`,
      'Enter github.com, acme.ghe.com or the name of your Enterprise Server.',
    )
  const isCloud = name.endsWith('.ghe.com')
  const apiUrl = isCloud ? `https://api.${name}` : `https://${name}/api/v3`
  return { apiUrl, webUrl: `https://${name}` }
}

async function tryRepositories({ decisions }: LoadContext, form: FormData): Promise<void> {
  const token = textOf(form, 'token')
  const names = wordsOf(textOf(form, 'repositories'))
  if (token === '' || names.length === 0)
    throw new RefusedError(
      'invalid',
      'A token and at least one repository are needed',
      'Enter repositories as owner/name, one a line.',
    )
  await decisions.setup.tryToken(token, addressesOf(textOf(form, 'try_host')), names)
  await decisions.requestSyncFor({ mode: 'incremental', repositories: names })
}

/** Returns what is chosen for each installation. @throws RefusedError if there is none. */
function choicesOf(form: FormData): Choice[] {
  const ids = form.getAll('installation').map(String)
  if (ids.length === 0)
    throw new RefusedError('invalid', 'The App is not installed yet', 'Install it first.')
  return ids.map((id) => {
    const field = (name: string) => textOf(form, `${name}-${id}`)
    return {
      ...{ id, account: field('account'), isUnapproved: form.has(`unapproved-${id}`) },
      ...{ isApproved: form.has(`approved-${id}`), outsideEmbedding: form.has(`outside-${id}`) },
      ...{ include: field('include'), exclude: field('exclude') },
      ...{ history: field('history'), schedule: field('schedule') },
      ...{ code: field('code'), codeBranches: field('code-branches') },
    }
  })
}

function filterOf({ include, exclude }: Choice) {
  return { include: wordsOf(include), exclude: wordsOf(exclude) }
}

function codeOf({ code, codeBranches }: Choice) {
  return { repositories: wordsOf(code), branches: wordsOf(codeBranches) }
}

/** Stores what each installation is to copy; those that are not approved wait on. */
async function choose({ decisions }: LoadContext, form: FormData): Promise<void> {
  for (const choice of choicesOf(form)) {
    if (choice.isUnapproved && !choice.isApproved) continue
    await decisions.changeInstallation(choice.id, {
      ...changeOfText([
        `history=${choice.history}`,
        `schedules.incremental=${choice.schedule}`,
        `outside_embedding=${choice.outsideEmbedding}`,
      ]),
      ...(choice.isUnapproved && { active: true }),
      repository_filter: filterOf(choice),
      // The page does not ask where there is no git.
      ...(form.has(`code-${choice.id}`) && { code: codeOf(choice) }),
    })
  }
}

/** Asks GitHub how much there is, and tries the embedding provider; changes nothing. */
async function preview({ decisions }: LoadContext, form: FormData): Promise<SetupPreview> {
  const choices = choicesOf(form)
  const price = priceOf(textOf(form, 'price'))
  const estimates: Estimate[] = []
  for (const choice of choices.filter((one) => !one.isUnapproved || one.isApproved)) {
    const { id: installationId, account } = choice
    const code = form.has(`code-${installationId}`) ? wordsOf(choice.code) : null
    const asked = { installationId, account, filter: filterOf(choice), code }
    estimates.push(await decisions.setup.estimate(asked))
  }
  return { choices, price, estimates, trial: await decisions.setup.tryProvider() }
}

function priceOf(text: string): number | null {
  if (text === '') return null
  if (/^\d{1,6}([.,]\d{1,6})?$/.test(text)) return Number(text.replace(',', '.'))
  throw new RefusedError('invalid', `"${text}" is not a price`, 'Enter a number, such as 0.02.')
}

function wordsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean)
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value.trim() : ''
}
