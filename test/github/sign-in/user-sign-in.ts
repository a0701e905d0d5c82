/** The App's OAuth: codes that a person has agreed to, with PKCE, and pairs of tokens that a refresh replaces. */
import { createHash, randomBytes } from 'node:crypto'
import type { Tokens } from '../credentials/tokens.ts'
import type { Clock } from '../world/clock.ts'

const CODE_SECONDS = 600
const TOKEN_SECONDS = 28_800

interface Agreement {
  login: string
  redirectUri: string
  /** SHA-256 of the verifier, in base64url; null without PKCE. */
  challenge: string | null
}

export interface UserSignIn {
  clientSecret: string
  /** False for an App whose user tokens do not expire. */
  expires: boolean
  /** Answers the exchange with an error of the server. */
  isDown: boolean
  /** How many pairs were given: for codes, and for refresh tokens. */
  given: { exchanges: number; refreshes: number }
  agree(agreement: Agreement): string
  /** Ends every token of a person, as they can on GitHub. */
  revoke(login: string): void
  answer(form: URLSearchParams, clientId: string): object
}

export function makeUserSignIn(tokens: Tokens, clock: Clock): UserSignIn {
  const codes = new Map<string, Agreement & { at: number }>()
  const refreshers = new Map<string, { login: string; token: string }>()

  function pairFor(login: string): object {
    const seconds = signIn.expires ? TOKEN_SECONDS : null
    const token = tokens.giveUser(login, seconds)
    const kinds = { token_type: 'bearer', scope: '' }
    if (seconds === null) return { access_token: token, ...kinds }
    const refresh_token = `ghr_${randomBytes(36).toString('hex')}`
    refreshers.set(refresh_token, { login, token })
    const refreshes = { refresh_token, refresh_token_expires_in: 15_897_600 }
    return { access_token: token, expires_in: seconds, ...refreshes, ...kinds }
  }

  function exchange(form: URLSearchParams): object {
    const agreed = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const isOver = !agreed || clock.now().getTime() - agreed.at > CODE_SECONDS * 1000
    if (isOver) return refusal('bad_verification_code')
    if (form.get('redirect_uri') !== agreed.redirectUri) return refusal('redirect_uri_mismatch')
    if (agreed.challenge !== null && challengeOf(form) !== agreed.challenge)
      return refusal('bad_verification_code')
    signIn.given.exchanges += 1
    return pairFor(agreed.login)
  }

  function refresh(form: URLSearchParams): object {
    const name = form.get('refresh_token') ?? ''
    const held = refreshers.get(name)
    if (!held) return refusal('bad_refresh_token')
    refreshers.delete(name)
    tokens.expire(held.token)
    signIn.given.refreshes += 1
    return pairFor(held.login)
  }

  const signIn: UserSignIn = {
    clientSecret: randomBytes(20).toString('hex'),
    expires: true,
    isDown: false,
    given: { exchanges: 0, refreshes: 0 },
    agree(agreement) {
      const code = randomBytes(10).toString('hex')
      codes.set(code, { ...agreement, at: clock.now().getTime() })
      return code
    },
    revoke(login) {
      for (const [name, held] of refreshers) if (held.login === login) refreshers.delete(name)
      tokens.expireUser(login)
    },
    answer(form, clientId) {
      const isClient =
        form.get('client_id') === clientId && form.get('client_secret') === signIn.clientSecret
      if (!isClient) return refusal('incorrect_client_credentials')
      return form.get('grant_type') === 'refresh_token' ? refresh(form) : exchange(form)
    },
  }
  return signIn
}

function challengeOf(form: URLSearchParams): string {
  return createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url')
}

function refusal(error: string): object {
  return { error, error_description: `The stand-in refuses: ${error}.` }
}
