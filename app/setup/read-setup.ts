/** The state of the set-up, from which it goes on at any time. */
import { randomBytes } from 'node:crypto'
import type { Config } from '#app/config/env.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import {
  addressesOf,
  type Connection,
  DEFAULT_WEB,
  type HookMode,
} from '#app/github/connection/connection.ts'
import { readConnection, readStored } from '#app/github/connection/read-connection.ts'
import { ownAddress, proveAddress, whyUnreachable } from './address.ts'
import { checkApp, readRequests } from './ask-app.ts'
import { manifestOf } from './manifest.ts'

export type StepName = 'where' | 'create' | 'install' | 'choose' | 'done'

export interface SetupPage {
  step: StepName
  access: {
    kind: Connection['access']['kind']
    source: Connection['source']
    problem: string | null
  }
  address: string
  /** Why GitHub cannot deliver to the address; null if nothing speaks against it. */
  unreachable: string | null
  /** Why Whence does not reach itself at its address; null if it does. */
  unproven: string | null
  /** The host of GitHub, and true if a variable sets it. */
  github: { host: string; isFixed: boolean }
  plan: { owner: string; isPublic: boolean; hookMode: HookMode | null }
  /** The form that creates the App; null before a state was made in this browser. */
  creation: { action: string; manifest: string; name: string } | null
  app: { slug: string; installPage: string; missing: string[]; rightsPage: string } | null
  /** Accounts whose owner was asked to install the App. */
  waiting: string[]
  /** Why GitHub could not be asked; null if it answered. */
  failure: string | null
}

interface Reading {
  config: Config
  logger: Logger
  /** The state that this browser keeps. */
  state: string | null
  /** The step that the address asks for. */
  asked: string | null
  hasInstallations: boolean
}

/** @param db outside of any transaction: GitHub and Whence itself are asked meanwhile. */
export async function readSetup(db: Queryable, reading: Reading): Promise<SetupPage> {
  const { config, logger } = reading
  const [connection, stored] = [await readConnection(db, config), await readStored(db)]
  const { access, source } = connection
  const address = ownAddress(config)
  const step = stepOf(connection, reading, stored?.hookMode != null)
  const { webUrl } = addressesOf(config, stored)
  const plan = {
    owner: stored?.owner ?? '',
    isPublic: stored?.isPublic ?? false,
    hookMode: stored?.hookMode ?? null,
  }
  const asksGithub = access.kind === 'app' && (step === 'install' || step === 'choose')
  const { app, waiting, failure } = asksGithub
    ? await askGithub(connection, logger)
    : { app: null, waiting: [], failure: null }
  return {
    ...{ step, address, plan, app, waiting, failure },
    access: {
      ...{ kind: access.kind, source },
      problem: access.kind === 'unreadable' ? `${access.message}. ${access.hint}` : null,
    },
    unreachable: whyUnreachable(address),
    unproven: step === 'where' ? await proveAddress(address) : null,
    github: { host: new URL(webUrl).host, isFixed: config.GITHUB_WEB_URL !== DEFAULT_WEB },
    creation:
      step === 'create' && reading.state ? creationOf(webUrl, address, plan, reading.state) : null,
  }
}

function stepOf(connection: Connection, reading: Reading, isPlanned: boolean): StepName {
  const { access, isComplete } = connection
  const { asked, hasInstallations } = reading
  if (asked === 'create' && isPlanned) return 'create'
  if (access.kind === 'none' || access.kind === 'unreadable' || asked === 'where') return 'where'
  if (isComplete) return 'done'
  return hasInstallations && asked !== 'install' ? 'choose' : 'install'
}

function creationOf(webUrl: string, address: string, plan: SetupPage['plan'], state: string) {
  // Another one each time: the name of the last attempt may be taken.
  const suffix = randomBytes(2).toString('hex')
  const { isPublic, hookMode } = plan
  const manifest = manifestOf({ address, suffix, isPublic, hookMode: hookMode ?? 'none' })
  const place = plan.owner === '' ? '' : `/organizations/${plan.owner}`
  const action = `${webUrl}${place}/settings/apps/new?state=${state}`
  return { action, manifest: JSON.stringify(manifest), name: manifest.name }
}

async function askGithub(connection: Connection, logger: Logger) {
  try {
    const { slug, missing, page } = await checkApp(connection, logger)
    const installPage = `${connection.webUrl}/apps/${slug}/installations/new`
    const waiting = await readRequests(connection, logger)
    return { app: { slug, installPage, missing, rightsPage: page }, waiting, failure: null }
  } catch (error) {
    const { message, hint = '' } = error as Error & { hint?: string }
    return { app: null, waiting: [], failure: `${message}. ${hint}` }
  }
}
