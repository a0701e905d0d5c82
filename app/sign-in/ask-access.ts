/** Asks GitHub what a person may read, with their own token. */
import { z } from 'zod'
import { askAs, type UserCall } from './ask-github.ts'
import { limitCalls } from './limit-calls.ts'
import { type List, PAGE, type ReadList, readList } from './read-list.ts'
import { type UnseenOrganisation, unseenOf } from './saml.ts'

/** Calls for one person at once; GitHub allows a hundred. */
const AT_ONCE = 20

/** Ids are GitHub's numbers, as text. */
export interface PersonInstallation {
  externalId: string
  accountId: string
  isOwner: boolean
  repositories: string[]
  /** One for each page of the repositories; empty if they have to be read in full. */
  etags: string[]
}

/** What GitHub said that a person may read. */
export interface Access {
  installations: PersonInstallation[]
  /** Organisations that the person owns. */
  owns: string[]
  etags: { installations?: string | undefined; memberships?: string | undefined }
  /** Organisations that GitHub left out, because their SAML session is not active. */
  unseen: UnseenOrganisation[]
}

const NO_ACCESS: Access = { installations: [], owns: [], etags: {}, unseen: [] }

export type AskedAccess =
  | { kind: 'access'; access: Access }
  /** GitHub does not accept the token any more. */
  | { kind: 'revoked' }
  | { kind: 'away'; reason: string }

interface Asking extends UserCall {
  webUrl: string
}

/**
 * Asks for all of it, as few calls one after the other as possible. Whose account is their own is not known here:
 * see {@link withOwnAccount}.
 *
 * @param known the last answer, whose ETags spare what has not changed.
 */
export async function askAccess(asking: Asking, known: Access = NO_ACCESS): Promise<AskedAccess> {
  const call = { ...asking, limit: limitCalls(AT_ONCE) }
  const [installations, memberships] = await Promise.all([
    readList(call, installationList(known)),
    readList(call, membershipList(known)),
  ])
  if (installations.kind === 'away') return installations
  if (memberships.kind === 'away') return memberships
  const isRevoked = [installations, memberships].some(is401) || installations.kind === 'refused'
  if (isRevoked || installations.kind !== 'items') return { kind: 'revoked' }
  // Without the permission for members, or before it was accepted, nobody is known as an owner.
  const owns = memberships.kind === 'items' ? memberships.items : []
  const read = await Promise.all(
    installations.items.map(async (listed) => ({
      listed,
      repositories: await readList(call, repositoryList(listed, known)),
    })),
  )
  const away = read.map(({ repositories }) => repositories).find((one) => one.kind === 'away')
  if (away?.kind === 'away') return away
  if (read.some(({ repositories }) => is401(repositories))) return { kind: 'revoked' }
  const unseen = await unseenOf(asking, [
    ...ssoOf(installations).map((sso) => ({ sso, login: null })),
    ...read.flatMap(({ listed, repositories }) =>
      ssoOf(repositories).map((sso) => ({ sso, login: listed.login })),
    ),
  ])
  return {
    kind: 'access',
    access: {
      installations: read.map(({ listed, repositories }) => ({
        ...{
          externalId: listed.externalId,
          accountId: listed.accountId,
          isOwner: owns.includes(listed.accountId),
        },
        // 403 and 404: GitHub gives nothing of this installation to the person.
        ...(repositories.kind === 'items'
          ? { repositories: repositories.items, etags: repositories.etags }
          : { repositories: [], etags: [] }),
      })),
      owns,
      etags: { installations: onlyTag(installations), memberships: onlyTag(memberships) },
      unseen,
    },
  }
}

/** Adds that the installation of a person's own account is theirs. @param githubId GitHub's number of the person. */
export function withOwnAccount(access: Access, githubId: string): Access {
  const installations = access.installations.map((one) =>
    one.accountId === githubId ? { ...one, isOwner: true } : one,
  )
  return { ...access, installations }
}

function is401(list: ReadList<unknown>): boolean {
  return list.kind === 'refused' && list.status === 401
}

function ssoOf(list: ReadList<unknown>): string[] {
  if (list.kind === 'items') return list.sso
  return list.kind === 'refused' && list.sso !== null ? [list.sso] : []
}

/** The ETag of a list of one page: of longer ones, what is stored does not tell the pages apart. */
function onlyTag(list: ReadList<unknown>): string | undefined {
  return list.kind === 'items' && list.etags.length === 1 ? list.etags[0] : undefined
}

const id = z.number().int().positive().transform(String)

interface Listed {
  externalId: string
  accountId: string
  login: string | null
}

const listedInstallations = z.object({
  total_count: z.number(),
  installations: z.array(z.object({ id, account: z.object({ id, login: z.string().optional() }) })),
})

function installationList({ installations, etags }: Access): List<Listed> {
  const items = installations.map((one) => ({ ...one, login: null }))
  return {
    path: '/user/installations',
    known: { items, etags: listTags(etags.installations) },
    read(body) {
      const { data } = listedInstallations.safeParse(body)
      if (!data) return null
      const listed = data.installations.map(({ id: externalId, account }) => ({
        ...{ externalId, accountId: account.id, login: account.login ?? null },
      }))
      return { items: listed, total: data.total_count }
    },
  }
}

const listedRepositories = z.object({
  total_count: z.number(),
  repositories: z.array(z.object({ id })),
})

function repositoryList({ externalId }: Listed, { installations }: Access): List<string> {
  const stored = installations.find((one) => one.externalId === externalId)
  return {
    path: `/user/installations/${externalId}/repositories`,
    known: { items: stored?.repositories ?? [], etags: stored?.etags ?? [] },
    read(body) {
      const { data } = listedRepositories.safeParse(body)
      return data
        ? { items: data.repositories.map((one) => one.id), total: data.total_count }
        : null
    },
  }
}

const listedMemberships = z.array(
  z.object({ role: z.string(), state: z.string(), organization: z.object({ id }) }),
)

/** The list does not tell its length: nobody owns more organisations than one page has. */
function membershipList({ owns, etags }: Access): List<string> {
  return {
    path: '/user/memberships/orgs',
    known: { items: owns, etags: listTags(etags.memberships) },
    read(body) {
      const { data } = listedMemberships.safeParse(body)
      const owned = data?.filter(({ role, state }) => role === 'admin' && state === 'active')
      return owned ? { items: owned.map((one) => one.organization.id), total: PAGE } : null
    },
  }
}

function listTags(etag: string | undefined): string[] {
  return etag === undefined ? [] : [etag]
}

const person = z.object({ id, login: z.string().min(1).max(100) })

export type AskedPerson =
  | { kind: 'person'; githubId: string; login: string }
  | { kind: 'refused' }
  | { kind: 'away'; reason: string }

/** Asks whose token it is. */
export async function askPerson(call: UserCall): Promise<AskedPerson> {
  const answer = await askAs(call, '/user')
  if (answer.kind === 'refused') return { kind: 'refused' }
  if (answer.kind === 'away') return answer
  const { data } = person.safeParse(answer.kind === 'body' ? answer.body : null)
  if (!data) return { kind: 'away', reason: "GitHub's answer is incomplete" }
  return { kind: 'person', githubId: data.id, login: data.login }
}
