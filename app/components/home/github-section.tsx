import { Section } from '../elements/section.tsx'

export interface GithubSettings {
  kind: 'none' | 'token' | 'app' | 'unreadable'
  /** Why the stored credentials cannot be used. */
  problem: string | null
  /** True for each variable that is set; never contains the values. */
  isSet: Record<GithubVariable, boolean>
}

type GithubVariable = 'GITHUB_TOKEN' | 'GITHUB_APP_ID' | 'GITHUB_APP_PRIVATE_KEY'

const WAYS: { kind: 'token' | 'app'; title: string; variables: [GithubVariable, string][] }[] = [
  {
    kind: 'token',
    title: 'To try Whence: a personal access token',
    variables: [['GITHUB_TOKEN', 'a token that can read the repositories']],
  },
  {
    kind: 'app',
    title: 'For an organisation: a GitHub App',
    variables: [
      ['GITHUB_APP_ID', 'the ID of the App'],
      ['GITHUB_APP_PRIVATE_KEY', 'its private key (PEM)'],
    ],
  },
]

const SYNC_STATUS = {
  none: 'No GitHub credentials are configured.',
  token: 'A personal access token is configured.',
  app: 'A GitHub App is configured.',
  unreadable: 'The stored credentials cannot be used.',
} as const

const NEXT = {
  none: 'Set it up in the browser, or set the variables of one of these and restart Whence.',
  token: 'Whence uses it to read the repositories that you ask for.',
  app: 'Whence reads the accounts that have installed it.',
  unreadable: '',
} as const

export function GithubSection({ kind, problem, isSet }: GithubSettings) {
  return (
    <Section id="github" title="GitHub">
      <div className="rounded-lg border border-line bg-surface px-4 py-4 sm:px-5">
        <p className="leading-relaxed">
          {SYNC_STATUS[kind]} <span className="text-soft">{NEXT[kind]}</span>
          {problem && <span className="text-warn">{problem}</span>}
        </p>
        {(kind === 'none' || kind === 'unreadable') && (
          <p className="mt-3">
            <a
              href="/setup"
              className="inline-flex min-h-11 items-center rounded-md border border-accent bg-accent px-5 font-medium text-page"
            >
              Set up GitHub
            </a>
          </p>
        )}
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
          To read a value from a file, add <code>_FILE</code> to the name of the variable and set it
          to the path. Configure a token or an App, not both: Whence refuses to start with both.
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
        {isSet ? 'set' : 'not set'}
      </span>
      <span className="block text-soft">{meaning}</span>
    </li>
  )
}
