import { type ActionFunctionArgs, redirect } from '@remix-run/node'
import { changePreferences } from '#app/forms/preferences.server.ts'
import { readForm } from '#app/forms/read-form.ts'
import { ownPath } from '#app/sign-in/own-path.ts'

/** The address is for forms alone. */
export function loader() {
  throw new Response(null, { status: 404 })
}

/** Keeps how somebody likes the pages, and leads back to the page that they were on. */
export async function action({ request, context }: ActionFunctionArgs) {
  const form = await readForm(request)
  const cookie = changePreferences(context.config, request, form)
  const back = ownPath(String(form.get('back') ?? '/'))
  return redirect(back, { status: 303, headers: { 'Set-Cookie': cookie } })
}
