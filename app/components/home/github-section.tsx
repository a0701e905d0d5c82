import { Section } from '../elements/section.tsx'

export interface GithubSettings {
  kind: 'none' | 'token' | 'app'
  /** Which variables are set; never what they are set to. */
  isSet: Record<GithubVariable, boolean>
}

type GithubVariable =
  | 'GITHUB_TOKEN'
  | 'GITHUB_APP_ID'
  | 'GITHUB_APP_PRIVATE_KEY'
  | 'GITHUB_WEBHOOK_SECRET'

const WAYS: { kind: 'token' | 'app'; title: string; variables: [GithubVariable, string][] }[] = [
  {
    kind: 'token',
    title: 'To try it, with a personal access token',
    variables: [['GITHUB_TOKEN', 'a token that may read the repositories']],
  },
  {
    kind: 'app',
    title: 'For an organisation, with a GitHub App',
    variables: [
      ['GITHUB_APP_ID', "the App's number"],
      ['GITHUB_APP_PRIVATE_KEY', 'its private key (PEM)'],
      ['GITHUB_WEBHOOK_SECRET', 'the secret of its webhooks'],
    ],
  },
]

const STANDING = {
  none: 'No access to GitHub is set.',
  token: 'A token is set.',
  app: 'An App is set.',
} as const

const NEXT = {
  none: 'Set one of these and start Whence again.',
  token: 'Whence reads the repositories that it is asked for with it.',
  app: 'Whence reads the accounts that install it.',
} as const

export function GithubSection({ kind, isSet }: GithubSettings) {
  return (
    <Section id="github" title="GitHub">
      <div className="rounded-lg border border-line bg-surface px-4 py-4 sm:px-5">
        <p className="leading-relaxed">
          {STANDING[kind]} <span className="text-soft">{NEXT[kind]}</span>
        </p>
        <div className="mt-4 grid gap-x-8 gap-y-5 sm:grid-cols-2">
          {WAYS.map((way) => (
            <div key={way.kind}>
              <h3 className="font-medium">{way.title}</h3>
              <ul className="mt-2 space-y-2 text-[0.9375rem]">
                {way.variables.map(([name, meaning]) => (
                  <Variable key={name} name={name} meaning={meaning} isSet={isSet[name]} />
                ))}
              </ul>
            </div>
          ))}
        </div>
        <p className="mt-5 text-sm leading-relaxed text-soft">
          Each also as the path of a file, under its name with <code>_FILE</code>. Not both ways at
          once: Whence refuses to start with a token and an App.
        </p>
      </div>
    </Section>
  )
}

interface VariableProps {
  name: GithubVariable
  meaning: string
  isSet: boolean
}

function Variable({ name, meaning, isSet }: VariableProps) {
  return (
    <li>
      <code>{name}</code>{' '}
      <span className={isSet ? 'font-medium text-ok' : 'text-soft'}>
        {isSet ? 'is set' : 'is not set'}
      </span>
      <span className="block text-soft">{meaning}</span>
    </li>
  )
}
