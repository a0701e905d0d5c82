import { json, type LoaderFunctionArgs, type MetaFunction, redirect } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import type { LoadContext } from '#app/api/load-context.ts'
import { Problem } from '#app/components/setup/problem.tsx'
import { RefusedError } from '#app/config/errors.server.ts'
import { guarded } from '#app/forms/setup.server.ts'
import { stateCookie, stateOf } from '#app/setup/states.ts'

export const meta: MetaFunction = () => [{ title: 'Set-up · Whence' }]

/** Where GitHub leads back to, after an App was created or installed. Nothing in the address is trusted. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const asked = new URL(request.url).searchParams
  const done = await guarded(context, () => receive(context, request, asked))
  if (typeof done !== 'string') return json(done, { status: 422 })
  const headers = new Headers()
  if (asked.has('code')) headers.set('Set-Cookie', stateCookie(context.config, null))
  return redirect(done, { status: 303, headers })
}

async function receive(
  context: LoadContext,
  request: Request,
  asked: URLSearchParams,
): Promise<string> {
  const { setup } = context.decisions
  const code = asked.get('code')
  if (code !== null) {
    const state = stateOf(context.config, request)
    if (state === null || state !== asked.get('state') || !/^[\w-]{1,128}$/.test(code))
      throw new RefusedError(
        'invalid',
        'This answer of GitHub belongs to no set-up that is under way in this browser',
        'It may be over an hour old, or come from another browser. Create the App again.',
      )
    await setup.create(code, state)
    return '/setup'
  }
  if (asked.get('setup_action') === 'request') return '/setup?step=install'
  // GitHub is asked with the App's own key, so what it lists is true.
  const listed = await setup.findInstallations()
  const id = asked.get('installation_id')
  if (id !== null && !listed.includes(id))
    throw new RefusedError(
      'invalid',
      'GitHub lists no such installation of this App',
      'Install the App from the page of the set-up.',
    )
  return '/setup'
}

export default function Received() {
  return <Problem problem={useLoaderData<typeof loader>()} back="/setup" />
}
