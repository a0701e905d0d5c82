import { Hint, Section } from '../elements/section.tsx'

/** Why nobody can sign in with GitHub; null if people can. */
export type Off = { off: string; hint: string } | null

/** Tells the operator how people get in, or what is missing for it. */
export function SignInSection({ off, hasSession }: { off: Off; hasSession: boolean }) {
  return (
    <Section id="sign-in" title="Sign-in with GitHub">
      {off ? (
        <p className="leading-relaxed">
          It is off: {off.off}.{' '}
          <span className="text-soft">
            <Hint text={off.hint} />
          </span>
        </p>
      ) : (
        <>
          <p className="mb-4 leading-relaxed">
            People who can read a repository of an account that installed the App can sign in, and
            see what GitHub lets them see.{' '}
            <span className="text-soft">
              {hasSession
                ? 'If you sign in here, you operate the accounts that GitHub shows you, and the session of the operator in this browser ends.'
                : 'If you sign in here, this browser sees what you see, until you sign out.'}
            </span>
          </p>
          <a
            className="inline-flex min-h-11 items-center rounded-md border border-accent bg-accent px-5 font-medium text-page"
            href="/auth/github?return_to=%2Faccount"
          >
            Sign in with GitHub
          </a>
        </>
      )}
    </Section>
  )
}
