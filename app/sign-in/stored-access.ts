/** What GitHub last said that a person may read, in the database. */
import { recordIn } from '#app/audit/record-entry.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isActiveInstallation } from '#app/database/predicates.ts'
import { UNAPPROVED, UNINSTALLED } from '#app/github/app-errors.ts'
import type { Access, PersonInstallation } from './ask-access.ts'
import { actorOf } from './person.ts'
import type { UnseenOrganisation } from './saml.ts'

export interface StoredPerson {
  personId: string
  host: string
  githubId: string
  login: string
  /** Seconds since GitHub said so; null if what it said must not be used any more. */
  age: number | null
  /**
   * Ids of repositories in the copy: those of GitHub's lists, the public ones of the same installations, and those
   * of installations that open theirs.
   */
  repositories: string[]
  /** Ids of the installations that the person operates. */
  operates: string[]
  /** False if GitHub shows the person nothing of an active installation. */
  hasAccess: boolean
}

/** On `installation`: its public repositories are for everybody who is let in. */
function isOpenToAll(installation: string): string {
  return `${installation}.settings -> 'open_public_repositories' = 'true'::jsonb`
}

/** On `person_installation`: the person reads something of it, or owns its account. */
const SHOWN = '(cardinality(g.repositories) > 0 or g.is_owner)'

/** @returns null if there is no such person. */
export async function readPerson(db: Queryable, personId: string): Promise<StoredPerson | null> {
  const { rows } = await db.query<StoredPerson>(
    `with granted as (
       select i.id, g.repositories, g.is_owner, ${isActiveInstallation('i')} as is_active,
         i.inactive_reason
       from person_installation g join installation i on i.external_id = g.external_id
       where g.person_id = $1 and i.kind = 'app' and ${SHOWN})
     select p.id as person_id, p.host, p.github_id, p.login,
       extract(epoch from clock_timestamp() - a.asked_at)::float8 as age,
       array(select shown.id::text from (
         select r.id from granted g join repository r on r.installation_id = g.id
         where g.is_active and (r.database_id = any(g.repositories)
           or r.visibility = 'PUBLIC' and cardinality(g.repositories) > 0)
         union
         select r.id from installation i join repository r on r.installation_id = i.id
         where i.kind = 'app' and ${isActiveInstallation('i')} and ${isOpenToAll('i')}
           and r.visibility = 'PUBLIC' and exists (select from granted g where g.is_active)
         ) shown order by shown.id) as repositories,
       array(select g.id::text from granted g where (g.is_owner or p.was_operator)
         and g.inactive_reason is distinct from $2 and g.inactive_reason is distinct from $3
         order by g.id) as operates,
       exists (select from granted g where g.is_active) as has_access
     from person p left join person_access a on a.person_id = p.id where p.id = $1`,
    [personId, UNAPPROVED, UNINSTALLED],
  )
  return rows[0] ?? null
}

/** Returns true if what GitHub says opens an installation that is active here. */
export async function opensDoor(db: Queryable, { installations }: Access): Promise<boolean> {
  const shown = installations.filter(
    ({ repositories, isOwner }) => repositories.length > 0 || isOwner,
  )
  const { rows } = await db.query<{ opens: boolean }>(
    `select exists (select from installation i where i.external_id = any($1::text[])
       and i.kind = 'app' and ${isActiveInstallation('i')}) as opens`,
    [shown.map(({ externalId }) => externalId)],
  )
  return rows[0]?.opens ?? false
}

export interface KnownAccess {
  version: string
  access: Access
}

interface StoredInstallation {
  externalId: string
  accountId: string
  isOwner: boolean
  repositories: string[]
  etags: string[]
}

/** Returns the last answer, also one that must not be used any more: its ETags spare what has not changed. */
export async function readKnown(db: Queryable, personId: string): Promise<KnownAccess> {
  const { rows } = await db.query<{
    version: string
    owns: string[]
    etags: Access['etags']
    unseen: UnseenOrganisation[]
  }>(
    `select version, owns::text[] as owns, etags, unseen from person_access where person_id = $1`,
    [personId],
  )
  const { rows: installations } = await db.query<StoredInstallation>(
    `select external_id, account_id, is_owner, repositories::text[] as repositories, etags
     from person_installation where person_id = $1 order by external_id`,
    [personId],
  )
  const { version = '0', ...access } = rows[0] ?? { owns: [], etags: {}, unseen: [] }
  return { version, access: { ...access, installations } }
}

/**
 * Stores what GitHub said, with an entry in the audit log for each installation of which the person sees less.
 *
 * @param version of the answer that it replaces; null replaces any.
 * @returns false if that has been replaced or dropped meanwhile: then nothing is stored.
 */
export async function storeAccess(
  tx: Queryable,
  { personId, login, githubId }: Pick<StoredPerson, 'personId' | 'login' | 'githubId'>,
  access: Access,
  version: string | null,
): Promise<boolean> {
  if (!(await replace(tx, personId, access, version))) return false
  const before = (await readKnown(tx, personId)).access.installations
  await writeInstallations(tx, personId, access.installations)
  for (const lost of lostBetween(before, access.installations))
    await recordLost(tx, actorOf({ login, githubId }), lost)
  return true
}

async function replace(
  tx: Queryable,
  personId: string,
  { owns, etags, unseen }: Access,
  version: string | null,
): Promise<boolean> {
  await tx.query(
    'insert into person_access (person_id) values ($1) on conflict (person_id) do nothing',
    [personId],
  )
  const { rowCount } = await tx.query(
    `update person_access set version = version + 1, asked_at = clock_timestamp(),
       owns = $2::text[]::bigint[], etags = $3::text::jsonb, unseen = $4::text::jsonb
     where person_id = $1 and ($5::bigint is null or version = $5)`,
    [personId, owns, JSON.stringify(etags), JSON.stringify(unseen), version],
  )
  return rowCount === 1
}

async function writeInstallations(
  tx: Queryable,
  personId: string,
  installations: PersonInstallation[],
): Promise<void> {
  await tx.query(
    'delete from person_installation where person_id = $1 and external_id <> all($2::text[])',
    [personId, installations.map(({ externalId }) => externalId)],
  )
  for (const { externalId, accountId, isOwner, repositories, etags } of installations)
    await tx.query(
      `insert into person_installation (person_id, external_id, account_id, is_owner, repositories, etags)
       values ($1, $2, $3, $4, $5::text[]::bigint[], $6::text[])
       on conflict (person_id, external_id) do update
       set account_id = excluded.account_id, is_owner = excluded.is_owner,
         repositories = excluded.repositories, etags = excluded.etags
       where (person_installation.is_owner, person_installation.repositories, person_installation.etags)
         is distinct from (excluded.is_owner, excluded.repositories, excluded.etags)`,
      [personId, externalId, accountId, isOwner, repositories, etags],
    )
}

interface Lost {
  externalId: string
  repositories: number
}

function lostBetween(before: PersonInstallation[], after: PersonInstallation[]): Lost[] {
  const now = new Map(after.map((one) => [one.externalId, new Set(one.repositories)]))
  return before.flatMap(({ externalId, repositories }) => {
    const left = now.get(externalId)
    const lost = repositories.filter((id) => !left?.has(id)).length
    return lost > 0 || left === undefined ? [{ externalId, repositories: lost }] : []
  })
}

async function recordLost(tx: Queryable, actor: string, lost: Lost): Promise<void> {
  const { rows } = await tx.query<{ id: string; account: string }>(
    'select id, account from installation where external_id = $1',
    [lost.externalId],
  )
  const [installation] = rows
  if (!installation) return
  await recordIn(tx, {
    ...{ actor, action: 'access.lost', installationId: installation.id },
    ...{ subject: installation.account, details: { repositories: lost.repositories } },
  })
}

/** Whose answers are dropped, by GitHub's numbers: those of a person, or of everybody in an installation. */
export type Dropped = { githubId: string } | { externalId: string }

/** Makes answers unusable: the next request of the person asks GitHub before anything is shown. */
export async function dropAccess(tx: Queryable, dropped: Dropped): Promise<void> {
  const githubId = 'githubId' in dropped ? dropped.githubId : null
  const externalId = 'externalId' in dropped ? dropped.externalId : null
  await tx.query(
    `update person_access set asked_at = null, version = version + 1
     where person_id in (
       select p.id from person p where p.github_id = $1
       union select g.person_id from person_installation g where g.external_id = $2)`,
    [githubId, externalId],
  )
}
