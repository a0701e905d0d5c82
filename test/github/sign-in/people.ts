/** Who may read which repositories, and who owns which accounts: what GitHub's lists for a person are made of. */

import { isGranted } from '../world/access.ts'
import type { Actor, Installation, Repository } from '../world/model.ts'
import { actorNamed, fullName, type World } from '../world/world.ts'

interface Given {
  /** `owner/name`, or `owner/*`. */
  reads?: string[]
  /** Logins of accounts. An owner reads everything of theirs. */
  owns?: string[]
}

export interface People {
  /** Replaces what a person may read, and makes the account if there is none. */
  give(login: string, given: Given): Actor
  /** Lets the SAML session of a person with an organisation be over, or active again. */
  endSaml(login: string, organisation: string): void
  renewSaml(login: string, organisation: string): void
  logins(): string[]
  owns(person: Actor, account: Actor): boolean
  reads(person: Actor, repository: Repository): boolean
  /** Organisations that are left out. */
  unseen(person: Actor): Actor[]
  /** The installations that list something for the person, or whose account they own. */
  installations(person: Actor): Installation[]
  repositories(person: Actor, installation: Installation): Repository[]
}

export function makePeople(world: World): People {
  const given = new Map<number, { login: string } & Required<Given>>()
  const over = new Map<number, Set<string>>()
  const of = ({ databaseId }: Actor) => given.get(databaseId) ?? { login: '', reads: [], owns: [] }
  const isOver = (person: Actor, account: Actor) =>
    over.get(person.databaseId)?.has(account.login.toLowerCase()) ?? false

  function owns(person: Actor, account: Actor): boolean {
    return person === account || of(person).owns.includes(account.login)
  }
  function reads(person: Actor, repository: Repository): boolean {
    const { owner } = repository
    const names = [fullName(repository), `${owner.login}/*`]
    return owns(person, owner) || of(person).reads.some((name) => names.includes(name))
  }
  function repositories(person: Actor, installation: Installation): Repository[] {
    return [...world.repositories.values()].filter(
      (one) => isGranted(installation, one) && reads(person, one),
    )
  }
  return {
    give(login, { reads = [], owns = [] }) {
      const person = actorNamed(world, login)
      given.set(person.databaseId, { login, reads, owns })
      return person
    },
    endSaml(login, organisation) {
      const { databaseId } = actorNamed(world, login)
      over.set(databaseId, (over.get(databaseId) ?? new Set()).add(organisation.toLowerCase()))
    },
    renewSaml(login, organisation) {
      over.get(actorNamed(world, login).databaseId)?.delete(organisation.toLowerCase())
    },
    logins: () => [...given.values()].map(({ login }) => login),
    owns,
    reads,
    unseen: (person) =>
      [...world.installations.values()]
        .map(({ account }) => account)
        .filter((account) => isOver(person, account)),
    installations: (person) =>
      [...world.installations.values()].filter(
        (one) =>
          !isOver(person, one.account) &&
          (owns(person, one.account) || repositories(person, one).length > 0),
      ),
    repositories,
  }
}
