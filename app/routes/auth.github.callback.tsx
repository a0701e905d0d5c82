import type { MetaFunction } from '@remix-run/node'

export const meta: MetaFunction = () => [{ title: 'Sign-in · Whence' }]

/** The App names this address for sign-in with GitHub, and GitHub offers no call to change it. */
export default function Callback() {
  return (
    <>
      <h1 className="mb-3 text-xl font-semibold tracking-tight">There is no sign-in with GitHub</h1>
      <p className="leading-relaxed text-soft">
        This version of Whence has none. Open the operator link that Whence prints when it starts.
      </p>
    </>
  )
}
