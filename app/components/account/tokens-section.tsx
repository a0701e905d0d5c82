import { endsSoon } from '#app/auth/token-life.ts'
import { Ago, Day } from '../elements/moment.tsx'
import { Section } from '../elements/section.tsx'
import { pluralText } from '../elements/time-text.ts'
import { BOX, TextField } from '../settings/fields.tsx'

export interface ShownToken {
  id: string
  name: string
  prefix: string
  /** ISO 8601, as the others. */
  createdAt: string
  expiresAt: string | null
  lastUsedAt: string | null
  /** How many repositories it is narrowed to; null if it is not. */
  repositories: number | null
}

interface Tokens {
  tokens: ShownToken[]
  /** The token that was just made; it is shown this once. */
  made: string | null
  /** Days for which a token can be made; the last is proposed. */
  days: readonly number[]
  now: string
}

const BUTTON =
  'min-h-11 cursor-pointer rounded-md border border-line bg-surface px-5 font-medium hover:bg-sunken'

/** Makes, lists and revokes the tokens of a person. */
export function TokensSection({ tokens, made, days, now }: Tokens) {
  return (
    <Section id="tokens" title="Your tokens">
      <p className="mb-4 max-w-2xl leading-relaxed">
        Programs and agents read what you read with a token, at the API and at <code>/mcp</code>.{' '}
        <span className="text-soft">
          It can change nothing, and sees no more than GitHub shows you when it is used.
        </span>
      </p>
      {made !== null && <MadeToken token={made} />}
      <TokenList tokens={tokens} page="/account" now={now} />
      <p className="mb-5">
        <a className="text-accent underline underline-offset-4" href="/connect">
          Connect an agent
        </a>{' '}
        <span className="text-soft">makes one for some repositories only.</span>
      </p>
      <form method="post" action="/account" className="space-y-5">
        <TokenFields days={days} />
        <button type="submit" name="intent" value="create-token" className={BUTTON}>
          Create a token
        </button>
      </form>
    </Section>
  )
}

/** What every new token needs: a name, and how long it lasts. */
export function TokenFields({ days }: { days: readonly number[] }) {
  return (
    <div className="grid gap-5 sm:grid-cols-2">
      <TextField
        name="name"
        label="Name"
        help="For you, such as the agent that uses it."
        value=""
      />
      <DaysField days={days} />
    </div>
  )
}

/** @param page the address that takes the forms. */
export function TokenList({
  tokens,
  page,
  now,
}: {
  tokens: ShownToken[]
  page: string
  now: string
}) {
  if (tokens.length === 0) return null
  return (
    <ul className="mb-5 divide-y divide-line rounded-lg border border-line bg-surface">
      {tokens.map((token) => (
        <TokenItem key={token.id} token={token} page={page} now={now} />
      ))}
    </ul>
  )
}

function DaysField({ days }: Pick<Tokens, 'days'>) {
  return (
    <div>
      <label htmlFor="days" className="mb-1 block font-medium">
        Lasts
      </label>
      <select
        id="days"
        name="days"
        defaultValue={days.at(-1)}
        aria-describedby="days-help"
        className={`${BOX} text-ink`}
      >
        {days.map((count) => (
          <option key={count} value={count}>
            {count} days
          </option>
        ))}
      </select>
      <p id="days-help" className="mt-1 text-sm leading-relaxed text-soft">
        Then it is refused, and you create another.
      </p>
    </div>
  )
}

export function MadeToken({ token }: { token: string }) {
  return (
    <div className="mb-5 rounded-md border-l-4 border-accent bg-surface px-4 py-3">
      <label htmlFor="made-token" className="mb-1 block font-medium">
        Copy the token now: it is not shown again
      </label>
      <input id="made-token" readOnly value={token} className={`${BOX} font-mono`} />
      <p className="mt-2 text-sm leading-relaxed text-soft [overflow-wrap:anywhere]">
        Send it as <code>Authorization: Bearer …</code>
      </p>
    </div>
  )
}

function TokenItem({ token, page, now }: { token: ShownToken; page: string; now: string }) {
  const { id, name, prefix, createdAt, expiresAt, lastUsedAt, repositories } = token
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 px-4 py-4 sm:px-5">
      <div className="min-w-0 flex-1 basis-72">
        <p className="[overflow-wrap:anywhere]">
          {name} <code className="whitespace-nowrap text-sm text-soft">{prefix}…</code>
        </p>
        <p className="mt-1 text-sm leading-relaxed text-soft">
          Created <Day at={createdAt} now={now} />,{' '}
          {lastUsedAt ? (
            <>
              last used <Ago at={lastUsedAt} now={now} />
            </>
          ) : (
            'never used'
          )}
          {expiresAt && (
            <>
              , <Expiry at={expiresAt} now={now} />
            </>
          )}
          {repositories !== null &&
            `, reads ${pluralText(repositories, 'repository', 'repositories')}`}
        </p>
      </div>
      <form method="post" action={page}>
        <input type="hidden" name="token" value={id} />
        <button
          type="submit"
          name="intent"
          value="revoke-token"
          className={BUTTON}
          aria-label={`Revoke ${name}`}
        >
          Revoke
        </button>
      </form>
    </li>
  )
}

function Expiry({ at, now }: { at: string; now: string }) {
  const words = Date.parse(at) > Date.parse(now) ? 'expires' : 'expired'
  return (
    <span className={endsSoon(new Date(at), new Date(now)) ? 'font-medium text-warn' : undefined}>
      {words} <Day at={at} now={now} />
    </span>
  )
}
