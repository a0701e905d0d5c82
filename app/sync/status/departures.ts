/** What Whence sends to other machines, to which, and when: from the configuration and the settings of now. */
import { operated, type Scope } from '#app/auth/scope.ts'
import type { Config } from '#app/config/env.server.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isActiveInstallation, isCopied } from '#app/database/predicates.ts'
import { consents } from '#app/embeddings/consent.ts'
import { outsideHost, providerName } from '#app/embeddings/providers/resolve-provider.ts'
import type { Connection } from '#app/github/connection/connection.ts'

export interface Departure {
  /** A host name; null if nothing is sent. */
  to: string | null
  what: string
  when: string
}

export interface Consent {
  account: string
  /** True if its code is ingested, so that git fetches it. */
  hasCode: boolean
  /** True if its texts may be sent to a provider beyond the own network. */
  isOutsideAllowed: boolean
}

/** Lists the active installations that the viewer operates, with the settings that decide what is sent. */
export async function readConsents(db: Queryable, scope: Scope): Promise<Consent[]> {
  const { values, bind } = parametersOf()
  const { rows } = await db.query<Consent>(
    `select i.account, i.settings -> 'code' is not null as has_code,
       coalesce(${consents('i')}, false) as is_outside_allowed
     from installation i
     where ${operated(scope, 'i.id')(bind)} and ${isActiveInstallation('i')} and ${isCopied('i')}
     order by i.account, i.id`,
    values,
  )
  return rows
}

type Outside = Pick<Connection, 'access' | 'apiUrl' | 'webUrl' | 'client' | 'hookMode'>

/** @param allowed of the installations that the viewer operates. */
export function describeDepartures(
  config: Config,
  connection: Outside,
  allowed: Consent[],
): Departure[] {
  const { access, apiUrl, webUrl, client, hookMode } = connection
  const [api, web] = [new URL(apiUrl).host, new URL(webUrl).host]
  const hasGithub = access.kind === 'app' || access.kind === 'token'
  const toGithub: Departure[] = [
    {
      to: api,
      what: 'Questions about repositories and pull requests: names, numbers and ids, signed with the credentials of Whence. No text of yours.',
      when: 'At each sync, after each webhook, and when an operator asks for it.',
    },
    {
      to: web,
      what: 'Fetches of git: names of repositories and commits, with a token that GitHub gave for them. Nothing is pushed.',
      when: namesOf(
        allowed.filter(({ hasCode }) => hasCode),
        'When somebody asks for the code of a repository, and whenever a branch that is ingested changes, of',
        'When somebody asks for the code of a repository. No account here ingests code by its settings.',
      ),
    },
  ]
  const signIn = client && {
    to: web,
    what: 'The sign-in of people, and questions about what each of them may read, with their own token.',
    when: 'When somebody signs in, and about once a minute while they use Whence.',
  }
  const sweep = access.kind === 'app' &&
    hookMode !== 'none' && {
      to: api,
      what: 'Questions about webhooks that did not arrive.',
      when: hookMode === 'pull' ? 'Every 20 seconds (pull mode).' : 'Regularly, and after outages.',
    }
  return [
    ...(hasGithub ? toGithub : []),
    ...(sweep ? [sweep] : []),
    ...(signIn ? [signIn] : []),
    describeProvider(config, allowed),
  ]
}

function describeProvider(config: Config, allowed: Consent[]): Departure {
  const name = providerName(config)
  if (name !== 'openai')
    return {
      to: null,
      what: 'Texts, code and queries stay here.',
      when: name === 'none' ? 'No vectors are made.' : 'Vectors are made by Whence itself.',
    }
  const outside = outsideHost(config)
  const what =
    'Titles, descriptions, comments, commit messages and code, in pieces, and the queries of people. What looks like a secret in code is masked.'
  const host = config.OPENAI_BASE_URL ? new URL(config.OPENAI_BASE_URL).host : outside
  if (outside === null)
    return {
      to: host,
      what,
      when: 'When a text is new or has changed. The host is in your own network.',
    }
  return {
    to: host,
    what,
    when: namesOf(
      allowed.filter(({ isOutsideAllowed }) => isOutsideAllowed),
      'When a text is new or has changed, and when somebody searches, of',
      'Never: no account here allows it in its settings.',
    ),
  }
}

const MOST_NAMES = 10

function namesOf(accounts: Consent[], before: string, none: string): string {
  if (accounts.length === 0) return none
  const names = accounts.slice(0, MOST_NAMES).map(({ account }) => account)
  const more = accounts.length - names.length
  return `${before} ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`
}

/** Returns the host names of the database and of Redis, if they are other machines. */
export function ownServices({ profile }: Pick<Config, 'profile'>): string[] {
  if (profile.kind === 'embedded') return []
  return [profile.databaseUrl, profile.redisUrl]
    .map((url) => new URL(url).hostname)
    .filter((host) => !/^(localhost|127\.|\[::1\])/.test(host))
}
