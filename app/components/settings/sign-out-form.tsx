import { Section } from '../elements/section.tsx'

/** Ends the session of this browser. Not a route of Remix, so the browser leaves the page. */
export function SignOutForm() {
  return (
    <Section id="session" title="This browser">
      <form method="post" action="/sign-out">
        <button
          type="submit"
          className="min-h-11 cursor-pointer rounded-md border border-line bg-surface px-5 font-medium"
        >
          Sign out
        </button>
      </form>
    </Section>
  )
}
