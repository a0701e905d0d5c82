import { isDeepStrictEqual } from 'node:util'
import { type Actor, recordEntry } from '#app/audit/record-entry.ts'
import type { ChangeScope, Scope } from '#app/auth/scope.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { fillAgain } from '#app/embeddings/spaces.ts'
import type { Prisma } from '#app/generated/prisma/client.ts'
import { setSchedule } from '#app/sync/requests/schedules.ts'
import { changeSettings } from '#app/sync/settings/installation-settings.ts'
import { type InstallationSettings, readSettings } from '#app/sync/settings/read-settings.ts'
import { parseChange, type SettingsChange } from '#app/sync/settings/settings-shape.ts'
import { MODES } from '#app/sync/settings/sync-schedules.ts'
import { applyFilter } from './filter-preview.ts'
import { describeEffects, type Effects } from './settings-effects.ts'
import { checkSwitch, followSwitch, writeSwitch } from './switch-installation.ts'

export interface ChangeRequest {
  scope: ChangeScope
  actor: Actor
  /** The change as it was sent: {@link settingsChange}. */
  change: unknown
  /** Says what the change would do, and changes nothing. */
  dryRun?: boolean
}

export interface ChangedSettings extends InstallationSettings, Effects {
  changed: boolean
}

/**
 * Changes settings of an installation. They are read where they are used, so that they take effect at once.
 *
 * @throws RefusedError if the installation is not in scope, or if a field is not valid.
 */
export async function changeInstallation(
  { pool, prisma }: Pick<Database, 'pool' | 'prisma'>,
  id: string,
  { scope, actor, change: given, dryRun = false }: ChangeRequest,
): Promise<ChangedSettings> {
  const asked = parseChange(given)
  const current = await readOne(pool, scope, id)
  const change = differing(current, asked)
  if (change.active !== undefined) checkSwitch(current)
  const described = await describeEffects(pool, current, change)
  const changed = Object.keys(change).length > 0 && !dryRun
  if (!changed) return { ...current, ...described, changed }
  const { schedules = {}, ...settings } = change
  const client = await prisma()
  await client.$transaction(async (tx) => {
    if (Object.keys(settings).length > 0)
      await changeSettings(tx, id, () => settings as Record<string, unknown>)
    if (settings.active !== undefined) await writeSwitch(tx, id, settings.active)
    if (settings.outside_embedding) await fillAgain(tx)
    for (const mode of MODES) {
      const rule = schedules[mode]
      if (rule) await setSchedule(tx, id, mode, rule)
    }
    await recordEntry(tx, {
      ...{ actor, action: 'settings.changed', installationId: id, subject: current.account },
      details: { change, effects: described.effects } as unknown as Prisma.InputJsonObject,
    })
  })
  if (settings.active !== undefined)
    await followSwitch(pool, id, { active: settings.active, actor })
  if (described.preview && current.kind === 'app')
    await applyFilter(pool, id, described.preview.hides)
  return { ...(await readOne(pool, scope, id)), ...described, changed }
}

async function readOne(
  pool: Database['pool'],
  scope: Scope,
  id: string,
): Promise<InstallationSettings> {
  const [found] = /^\d{1,18}$/.test(id) ? await readSettings(pool, scope, id) : []
  if (found) return found
  throw new RefusedError(
    'unknown',
    `There is no installation ${id}`,
    '`whence settings` lists the installations.',
  )
}

/** Returns the fields whose values differ from the current ones. */
function differing(current: InstallationSettings, asked: SettingsChange): SettingsChange {
  const { schedules = {}, ...settings } = asked
  const own: Record<string, unknown> = { ...current.settings, active: current.active }
  const fields = Object.entries(settings).filter(
    ([name, value]) => value !== undefined && !isDeepStrictEqual(value, own[name]),
  )
  const rules = Object.entries(schedules).filter(
    ([mode, rule]) =>
      rule && !isDeepStrictEqual(rule, current.schedules[mode as keyof typeof schedules].rule),
  )
  return {
    ...Object.fromEntries(fields),
    ...(rules.length > 0 && { schedules: Object.fromEntries(rules) }),
  }
}
