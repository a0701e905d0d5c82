import { operatorScope } from '#app/auth/scope.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import { changeInstallation } from '#app/sync/changes/change-settings.ts'
import { changeOfText } from '#app/sync/settings/change-of-text.ts'
import { type InstallationSettings, readSettings } from '#app/sync/settings/read-settings.ts'
import { cliActor } from './actor.ts'
import { type CommandContext, note, print } from './context.ts'
import { withDatabase } from './with-database.ts'

export interface SettingsOptions {
  installation?: string
  /** `field=value` */
  set: string[]
  dryRun: boolean
  json: boolean
}

/** Shows the settings of the installations, or changes those of one. */
export async function settings(context: CommandContext, options: SettingsOptions): Promise<number> {
  return withDatabase(context, async (database) => {
    const { pool } = database
    const scope = operatorScope()
    const found = await readSettings(pool, scope, options.installation ?? null)
    if (options.set.length === 0) {
      if (options.json) await print(context, JSON.stringify({ installations: found }, null, 2))
      else for (const one of found) await print(context, renderSettings(one))
      if (found.length === 0) await note(context, 'There is no installation yet')
      return 0
    }
    const { installation } = chooseOne(found)
    const change = changeOfText(options.set)
    const request = { scope, actor: cliActor(), change, dryRun: options.dryRun }
    const changed = await changeInstallation(database, installation, request)
    if (options.json) await print(context, JSON.stringify(changed, null, 2))
    else
      await print(
        context,
        [headline(changed.changed, options.dryRun), ...changed.effects].join('\n'),
      )
    return 0
  })
}

function headline(changed: boolean, dryRun: boolean): string {
  if (changed) return 'Saved.'
  return dryRun ? 'This would change:' : 'Nothing changed.'
}

function chooseOne(found: InstallationSettings[]): InstallationSettings {
  const [first, second] = found
  if (!first)
    throw new OperatorError('There is no such installation', '`whence settings` lists them.')
  if (second)
    throw new OperatorError(
      'There is more than one installation',
      'Name one with --installation; `whence settings` lists them.',
    )
  return first
}

function renderSettings({
  installation,
  account,
  active,
  settings,
  schedules,
}: InstallationSettings) {
  return [
    `${installation}  ${account}${active ? '' : ' (inactive)'}`,
    ...Object.entries(settings).map(([name, value]) => `  ${name}: ${textOf(value)}`),
    ...Object.entries(schedules).map(([mode, { words }]) => `  schedules.${mode}: ${words}`),
  ].join('\n')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
