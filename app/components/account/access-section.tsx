import { Ago } from '../elements/moment.tsx'
import { Section } from '../elements/section.tsx'

export interface ShownAccess {
  login: string
  /** Repositories of the copy that the person reads. */
  repositories: number
  /** Accounts that the person operates. */
  operates: string[]
  /** ISO 8601; null if GitHub has to be asked. */
  askedAt: string | null
  unseen: { login: string; renewAt: string }[]
}

const LINK = 'text-accent underline underline-offset-4'

/** Says what GitHub lets a person see, and what it leaves out. */
export function AccessSection({ access, now }: { access: ShownAccess; now: string }) {
  const { login, repositories, operates, askedAt, unseen } = access
  return (
    <Section id="access" title="What you see">
      <div className="space-y-3 leading-relaxed">
        <p>
          You are signed in as <strong className="font-medium">{login}</strong>. Of what Whence has
          a copy of, GitHub lets you read {repositories}{' '}
          {repositories === 1 ? 'repository' : 'repositories'}
          {askedAt && (
            <>
              {' '}
              (asked <Ago at={askedAt} now={now} />)
            </>
          )}
          .
        </p>
        <p>
          {operates.length > 0
            ? `You operate ${operates.join(', ')}: you may sync, and change settings there.`
            : 'You may read. The owners of an account that installed the App may also change its settings.'}
        </p>
        {unseen.map((one) => (
          <p key={one.login} className="rounded-md border-l-4 border-warn bg-surface px-4 py-2.5">
            {one.login} is not shown, because your SAML session at GitHub is not active.{' '}
            <a className={LINK} href={one.renewAt} rel="noreferrer">
              Renew the session of {one.login}
            </a>
            , then sign in again.
          </p>
        ))}
      </div>
    </Section>
  )
}
