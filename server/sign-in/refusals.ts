/** Why a sign-in with GitHub did not begin or did not end well. */
import type { SignedIn } from '#app/sign-in/finish-sign-in.ts'
import type { SignInOff } from '#app/sign-in/oauth.ts'
import { linksBackTo, type Refusal } from '../access/refusal.ts'

export function noSignIn({ off, hint }: SignInOff): Refusal {
  return {
    status: 409,
    title: 'There is no sign-in with GitHub',
    paragraphs: [`${off}.`, hint, 'Open the operator link that Whence prints when it starts.'],
  }
}

export const FROM_ELSEWHERE = {
  status: 403,
  title: 'Sign in from a page of Whence',
  paragraphs: ['The page of another site began this sign-in.'],
}
export const STALE: Refusal = {
  status: 400,
  title: 'This sign-in is not under way in this browser',
  paragraphs: [
    'It may have begun more than ten minutes ago or in another browser, or it was finished already.',
  ],
  links: linksBackTo('/'),
}
export const NOT_AGREED = {
  status: 403,
  title: 'GitHub did not sign you in',
  paragraphs: ['GitHub says that you did not agree.'],
}

export function refusalOf(signedIn: Exclude<SignedIn, { kind: 'session' }>): Refusal {
  switch (signedIn.kind) {
    case 'refused':
      return {
        status: 403,
        title: 'GitHub did not sign you in',
        paragraphs: [
          `GitHub refused the sign-in: ${signedIn.error.replaceAll('_', ' ')}.`,
          ...(signedIn.error === 'incorrect_client_credentials' ? [WRONG_SECRET] : []),
        ],
      }
    case 'away':
      return {
        status: 503,
        title: 'GitHub cannot be asked who you are',
        paragraphs: [`${signedIn.reason}.`, 'Try again in a moment.'],
      }
    case 'stranger':
      return strangerPage(signedIn)
  }
}

const WRONG_SECRET =
  'The operator has to correct `GITHUB_CLIENT_ID` and `GITHUB_CLIENT_SECRET`, or set the App up again.'

function strangerPage({ login, unseen }: Extract<SignedIn, { kind: 'stranger' }>): Refusal {
  const renew = unseen.map(({ login, renewAt }) => ({
    href: renewAt,
    text: `Renew the session of ${login}`,
  }))
  const away = unseen.map((one) => one.login).join(', ')
  return {
    status: 403,
    title: 'There is nothing for you here',
    paragraphs: [
      `GitHub shows ${login} no repository that Whence has a copy of.`,
      'Ask an owner of the organisation for access to one of its repositories, or use another account.',
      ...(unseen.length > 0
        ? [
            `GitHub left out ${away}, because your SAML session is over. Renew it, then sign in again.`,
          ]
        : []),
    ],
    ...(renew.length > 0 && { links: [...renew, ...linksBackTo('/')] }),
  }
}
