/** Organisations that GitHub leaves out of its answers, because the SAML session of a person is not active. */
import { z } from 'zod'
import { askAs, type UserCall } from './ask-github.ts'

/** A person belongs to few, and each costs a call. */
const MOST = 20

export interface UnseenOrganisation {
  login: string
  /** Where the person renews the session, on GitHub. */
  renewAt: string
}

interface Mark {
  /** The header `X-GitHub-SSO`. */
  sso: string
  /** The organisation, if only one can be meant. */
  login: string | null
}

/** Reads the headers `partial-results; organizations=1,2` and `required; url=https://…`. */
export async function unseenOf(
  call: UserCall & { webUrl: string },
  marks: Mark[],
): Promise<UnseenOrganisation[]> {
  const ids = marks.flatMap(
    ({ sso }) => /organizations=([\d,]{1,1000})/.exec(sso)?.[1]?.split(',') ?? [],
  )
  const named = await Promise.all(
    [...new Set(ids)]
      .filter(Boolean)
      .slice(0, MOST)
      .map((id) => nameOf(call, id)),
  )
  const required = marks.flatMap(({ sso, login }) => {
    const url = /url=(\S{1,1000})/.exec(sso)?.[1] ?? ''
    const organisation = login ?? /\/orgs\/([\w-]{1,100})\/sso/.exec(url)?.[1]
    if (!sso.startsWith('required') || !organisation) return []
    const isOfGithub = url.startsWith(`${call.webUrl}/`)
    return [{ login: organisation, renewAt: isOfGithub ? url : renewAt(call.webUrl, organisation) }]
  })
  const all = [...named.flatMap((one) => one ?? []), ...required]
  return [...new Map(all.map((one) => [one.login.toLowerCase(), one])).values()]
}

const organisation = z.object({ login: z.string().regex(/^[\w-]{1,100}$/) })

async function nameOf(
  call: UserCall & { webUrl: string },
  id: string,
): Promise<UnseenOrganisation | null> {
  const answer = await askAs(call, `/organizations/${id}`)
  const { data } = organisation.safeParse(answer.kind === 'body' ? answer.body : null)
  return data ? { login: data.login, renewAt: renewAt(call.webUrl, data.login) } : null
}

function renewAt(webUrl: string, login: string): string {
  return `${webUrl}/orgs/${login}/sso`
}
