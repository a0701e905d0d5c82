/** The App's OAuth: where a browser is sent, and the two calls that give and renew a user token. */
import { z } from 'zod'
import { accessMode } from '#app/auth/access.ts'
import type { Config } from '#app/config/env.server.ts'
import { fetchWithin } from '#app/config/fetch-within.server.ts'
import type { Connection } from '#app/github/connection/connection.ts'
import { challengeOf } from './attempts.ts'

const DEADLINE_MS = 10_000
const MOST_BYTES = 1_000_000

export interface OAuthApp {
  id: string
  secret: string
  /** GitHub's pages, without a slash at the end. */
  webUrl: string
  apiUrl: string
}

/** Says why nobody can sign in with GitHub, and what to do about it. */
export interface SignInOff {
  off: string
  hint: string
}

/** Returns the App with which people sign in, or why they cannot. */
export function oauthAppOf(config: Config, connection: Connection): OAuthApp | SignInOff {
  const { access, client, webUrl, apiUrl } = connection
  if (access.kind === 'unreadable') return { off: access.message, hint: access.hint }
  if (access.kind !== 'app')
    return {
      off: 'No GitHub App is connected',
      hint: 'People sign in through the App: set one up at /setup.',
    }
  if (!client)
    return {
      off: 'The client ID and the client secret of the App are not known',
      hint: "Generate a client secret on the App's page on GitHub. Enter both at /setup, where the App was imported, or set GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET and restart Whence.",
    }
  if (accessMode(config) === 'link' && !config.PUBLIC_URL)
    return {
      off: 'Whence does not know its own address',
      hint: 'Set PUBLIC_URL to the address that people see, and restart Whence.',
    }
  return { ...client, webUrl, apiUrl }
}

export function isOff(found: OAuthApp | SignInOff): found is SignInOff {
  return 'off' in found
}

interface Authorization {
  state: string
  verifier: string
  redirectUri: string
  /** Lets the person choose another account than the one that is signed in at GitHub. */
  asksAccount: boolean
}

/** Returns where a browser is sent so that a person agrees. */
export function authorizeAddress(
  { id, webUrl }: OAuthApp,
  { state, verifier, redirectUri, asksAccount }: Authorization,
): string {
  const url = new URL(`${webUrl}/login/oauth/authorize`)
  const parameters = {
    ...{ client_id: id, redirect_uri: redirectUri, state },
    ...{ code_challenge: challengeOf(verifier), code_challenge_method: 'S256' },
    ...(asksAccount && { prompt: 'select_account' }),
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

export interface TokenPair {
  token: string
  /** Null for an App whose user tokens do not expire; the refresh token is null then, too. */
  expiresAt: Date | null
  refreshToken: string | null
}

export type Granted =
  | { kind: 'pair'; pair: TokenPair }
  /** GitHub's name of the reason, as `bad_refresh_token`. */
  | { kind: 'refused'; error: string }
  | { kind: 'away'; reason: string }

export function exchangeCode(
  app: OAuthApp,
  { code, verifier, redirectUri }: { code: string; verifier: string; redirectUri: string },
): Promise<Granted> {
  return askForPair(app, { code, code_verifier: verifier, redirect_uri: redirectUri })
}

/** Renews a pair; GitHub ends the given one. */
export function refreshPair(app: OAuthApp, refreshToken: string): Promise<Granted> {
  return askForPair(app, { grant_type: 'refresh_token', refresh_token: refreshToken })
}

const secret = z.string().regex(/^[\x21-\x7e]{1,1000}$/)
const granted = z.object({
  access_token: secret,
  expires_in: z.number().positive().optional(),
  refresh_token: secret.optional(),
})
const refused = z.object({ error: z.string().max(100) })

async function askForPair(
  { id, secret: clientSecret, webUrl }: OAuthApp,
  fields: Record<string, string>,
): Promise<Granted> {
  const body = new URLSearchParams({ client_id: id, client_secret: clientSecret, ...fields })
  const sent = {
    method: 'POST',
    headers: {
      ...{ accept: 'application/json', 'user-agent': 'whence' },
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: body.toString(),
    signal: AbortSignal.timeout(DEADLINE_MS),
  }
  try {
    const answer = await fetchWithin(`${webUrl}/login/oauth/access_token`, sent, MOST_BYTES)
    return sortAnswer(answer.status, await answer.text())
  } catch (cause) {
    return { kind: 'away', reason: `GitHub did not answer: ${(cause as Error).message}` }
  }
}

function sortAnswer(status: number, text: string): Granted {
  const body = parse(text)
  const pair = granted.safeParse(body).data
  if (status === 200 && pair) {
    const { access_token: token, expires_in: seconds, refresh_token: refreshToken } = pair
    const expiresAt = seconds === undefined ? null : new Date(Date.now() + seconds * 1000)
    return { kind: 'pair', pair: { token, expiresAt, refreshToken: refreshToken ?? null } }
  }
  const error = refused.safeParse(body).data?.error
  // GitHub answers 200 with an error, and 404 for a client that it does not know.
  if (error !== undefined && status < 500) return { kind: 'refused', error }
  if (status === 404) return { kind: 'refused', error: 'incorrect_client_credentials' }
  return { kind: 'away', reason: `GitHub answered the sign-in with ${status}` }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
