import { operatorScope } from '#app/auth/scope.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import { namedRepositories } from '#app/github/named-repositories.ts'
import { erasePerson as erase } from '#app/sync/leaving/erase-person.ts'
import { type Purged, purgeInstallation, purgeRepository } from '#app/sync/leaving/purge.ts'
import { cliActor } from './actor.ts'
import { type CommandContext, note, print } from './context.ts'
import { withDatabase } from './with-database.ts'

export interface PurgeOptions {
  repo: string[]
  /** Numbers of installations. */
  installation: string[]
  dryRun: boolean
  json: boolean
}

/** Erases the copies of repositories or installations now, or counts what that would delete. */
export async function purge(context: CommandContext, options: PurgeOptions): Promise<number> {
  if (options.repo.length + options.installation.length === 0)
    throw new OperatorError(
      'Nothing to purge was named',
      'Use --repo owner/name or --installation NUMBER; `whence settings` lists the installations.',
    )
  const request = {
    ...{ scope: operatorScope(), actor: cliActor() },
    ...{ dryRun: options.dryRun, signal: context.signal },
  }
  return withDatabase(context, async (database) => {
    const purged: Purged[] = []
    const names = await namedRepositories(database.pool, context.config, options.repo)
    for (const name of names) purged.push(await purgeRepository(database, name, request))
    for (const id of options.installation)
      purged.push(await purgeInstallation(database, id, request))
    if (options.json) await print(context, JSON.stringify({ purged }, null, 2))
    else for (const { subject, message } of purged) await print(context, `${subject}: ${message}`)
    return 0
  })
}

/** Erases the texts of a person everywhere, permanently. */
export async function erasePerson(
  context: CommandContext,
  { login, json }: { login: string; json: boolean },
): Promise<number> {
  return withDatabase(context, async (database) => {
    const erased = await erase(database, login, cliActor())
    if (json) await print(context, JSON.stringify({ erased }, null, 2))
    else await print(context, `Erased the texts of ${login}: ${wordsOf(erased)}`)
    await note(context, 'Texts in which other people name this person stay.')
    return 0
  })
}

function wordsOf(erased: object): string {
  return Object.entries(erased)
    .map(([kind, count]) => `${count} ${kind.replace(/[A-Z]/g, (one) => ` ${one.toLowerCase()}`)}`)
    .join(', ')
}
