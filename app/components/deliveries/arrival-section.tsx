import type { ReactNode } from 'react'
import type { ComparedAddress } from '#app/webhooks/hook/compare-address.ts'
import type { SecretState } from '#app/webhooks/hook/secret-state.ts'
import type { HookSettings } from '#app/webhooks/hook/webhook-mode.ts'
import type { LastDelivery, SweepStatus } from '#app/webhooks/log/hook-status.ts'
import { Moment } from '../elements/moment.tsx'
import { arrivalText, openText } from '../jobs/arrival-text.ts'

interface Arrival {
  last: LastDelivery[]
  /** The sweep and the hook belong to the operator; null for others, and before the first sweep. */
  sweep: SweepStatus | null
  mode: HookSettings['mode']
  now: string
}

/** Says whether events arrive. */
export function ArrivalFacts({ last, sweep, mode, now }: Arrival) {
  return (
    <ul className="mb-6 max-w-3xl space-y-1.5 leading-relaxed">
      {last.map((one) => (
        <li key={one.installationId} className={one.isUnusual ? 'text-warn' : ''}>
          <span className="font-medium">{one.account}</span>: {arrivalText(one, now)}
          {openText(one) && `; ${openText(one)}`}.
        </li>
      ))}
      {sweep && <SweepFacts sweep={sweep} mode={mode} now={now} />}
    </ul>
  )
}

function SweepFacts({
  sweep,
  mode,
  now,
}: {
  sweep: SweepStatus
  mode: HookSettings['mode']
  now: string
}) {
  const { succeededAt, error, probingReason, lost } = sweep
  return (
    <>
      {mode !== 'none' && (
        <li className="text-soft">
          What GitHub could not deliver is collected every{' '}
          {mode === 'pull' ? '20 seconds' : 'ten minutes'}
          {succeededAt && (
            <>
              , last at <Moment at={succeededAt} now={now} />
            </>
          )}
          .
        </li>
      )}
      {mode === 'pull' && (
        <li className="text-soft">
          Pull mode is not proven against GitHub itself: that it keeps a hook enabled whose address
          never answers. If no deliveries are listed although pull requests change, the repositories
          are asked for every two minutes instead.
        </li>
      )}
      {error && <Warning>The last attempt failed: {error}. It is made again.</Warning>}
      {probingReason && (
        <Warning>
          {probingReason}: the repositories are asked for every two minutes until deliveries are
          listed again.
        </Warning>
      )}
      {lost && (
        <Warning>
          GitHub keeps deliveries for three days. Those from <Moment at={lost.from} now={now} /> to{' '}
          <Moment at={lost.until} now={now} /> may be lost; a sync of all repositories was asked for
          instead.
        </Warning>
      )}
    </>
  )
}

function Warning({ children }: { children: ReactNode }) {
  return <li className="text-warn">{children}</li>
}

interface Hook {
  compared: ComparedAddress
  mode: HookSettings['mode']
  secret: SecretState
  readAt: string
  now: string
}

const BUTTON =
  'min-h-11 cursor-pointer rounded-md border border-accent px-5 font-medium text-accent'

/** The address and the secret of the App's hook, which the operator may correct. */
export function HookSection({ compared, mode, secret, readAt, now }: Hook) {
  return (
    <section aria-labelledby="hook" className="mt-10 max-w-3xl leading-relaxed">
      <h2 id="hook" className="mb-3 text-lg font-semibold tracking-tight">
        The webhook of the App
      </h2>
      <p className={compared.isRight ? '' : 'text-warn'}>
        {compared.message}{' '}
        <span className="text-soft">
          (as of <Moment at={readAt} now={now} />)
        </span>
      </p>
      <form method="post" action="/deliveries" className="mt-4 space-y-4">
        {compared.mayCorrect && (
          <button type="submit" name="intent" value="hook-address" className={BUTTON}>
            Correct the address
          </button>
        )}
        {mode === 'push' && secret !== 'none' && <SecretForm secret={secret} />}
      </form>
    </section>
  )
}

function SecretForm({ secret }: { secret: SecretState }) {
  return (
    <details open={secret === 'changing'}>
      <summary className="w-fit cursor-pointer font-medium">Change the secret</summary>
      <div className="mt-2 space-y-2">
        {secret === 'environment' && (
          <ol className="list-decimal space-y-1 pl-6">
            <li>
              Set <code>GITHUB_WEBHOOK_SECRET_PREVIOUS</code> to the present secret,{' '}
              <code>GITHUB_WEBHOOK_SECRET</code> to a new one, and restart Whence. It accepts both.
            </li>
            <li>Send GitHub the new one.</li>
            <li>
              After an hour, unset <code>GITHUB_WEBHOOK_SECRET_PREVIOUS</code>.
            </li>
          </ol>
        )}
        {secret === 'stored' && (
          <p>GitHub gets a new secret. The present one is accepted too, until you end that.</p>
        )}
        {secret === 'changing' && (
          <p>The previous secret is accepted too. After an hour, nothing is signed with it.</p>
        )}
        <button type="submit" name="intent" value="hook-secret" className={BUTTON}>
          {SECRET_BUTTONS[secret]}
        </button>
      </div>
    </details>
  )
}

const SECRET_BUTTONS: Record<SecretState, string> = {
  none: '',
  environment: 'Send the secret',
  stored: 'Make a new secret',
  changing: 'Accept only the new one',
}
