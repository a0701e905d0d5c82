import { operated, type Scope } from '#app/auth/scope.ts'
import type { CodeSetting } from '#app/code/ingest/code-setting.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isCopied } from '#app/database/predicates.ts'
import { type ScheduleRule, scheduleRule } from '#app/schedules/schedule-rules.ts'
import { describeSchedule } from '#app/schedules/schedule-words.ts'
import { DEFAULT_HISTORY } from './history.ts'
import type { FilterSettings } from './repository-filter.ts'
import type { RepositoryPriorities } from './repository-priorities.ts'
import { invalidSchedule, type StoredSchedule } from './settings-shape.ts'
import { DEFAULT_RULES, MODES, type Mode } from './sync-schedules.ts'

interface ScheduleSetting {
  rule: ScheduleRule
  /** `every 15 minutes`, or why the stored rule is not valid. */
  words: string
  nextAt: string | null
}

/** The settings of an installation, with their defaults. A stored value that is not valid is shown as it is. */
export interface InstallationSettings {
  installation: string
  account: string
  kind: 'app' | 'token'
  active: boolean
  inactiveReason: string | null
  settings: {
    repository_filter: Partial<FilterSettings>
    repository_priorities: RepositoryPriorities
    code: CodeSetting
    history: string
    extraction_slots: number
    erase_removed_after: string
    erase_suspended_after: string
    schedules_paused: boolean
    outside_embedding: boolean
    changed_files: boolean
    open_public_repositories: boolean
  }
  schedules: Record<Mode, ScheduleSetting>
}

const DEFAULT_SETTINGS: InstallationSettings['settings'] = {
  repository_filter: {},
  repository_priorities: { first: [], last: [] },
  code: { repositories: [], branches: [] },
  history: DEFAULT_HISTORY,
  extraction_slots: 1,
  erase_removed_after: '24h',
  erase_suspended_after: '30d',
  schedules_paused: false,
  outside_embedding: false,
  changed_files: true,
  open_public_repositories: false,
}

/** Returns the settings of the installations in scope, or of one of them. */
export async function readSettings(
  db: Queryable,
  scope: Scope,
  id: string | null = null,
): Promise<InstallationSettings[]> {
  type Row = Omit<InstallationSettings, 'settings' | 'schedules'> & {
    settings: Record<string, unknown>
    schedules: { mode: Mode; rule: unknown; nextAt: string | null }[] | null
  }
  const { values, bind } = parametersOf([id])
  const { rows } = await db.query<Row>(
    `select i.id as installation, i.account, i.kind, i.active, i.inactive_reason, i.settings,
       (select json_agg(json_build_object('mode', s.mode, 'rule', s.rule, 'nextAt',
          to_char(s.next_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))
        from schedule s where s.installation_id = i.id) as schedules
     from installation i where ($1::bigint is null or i.id = $1) and ${isCopied('i')}
       and ${operated(scope, 'i.id')(bind)}
     order by i.account, i.id`,
    values,
  )
  return rows.map(({ settings, schedules, ...row }) => ({
    ...row,
    settings: withDefaults(settings),
    schedules: Object.fromEntries(
      MODES.map((mode) => {
        const own = schedules?.find((one) => one.mode === mode)
        return [mode, own ? settingOf(own) : WITHOUT_SCHEDULE[mode]]
      }),
    ) as Record<Mode, ScheduleSetting>,
  }))
}

function settingOf(
  stored: StoredSchedule & { mode: Mode; nextAt: string | null },
): ScheduleSetting {
  const rule = scheduleRule.safeParse(stored.rule).data ?? DEFAULT_RULES[stored.mode]
  const invalid = invalidSchedule(stored)
  if (invalid) return { rule, words: `not valid: ${invalid.message}`, nextAt: null }
  return { rule, words: describeSchedule(rule), nextAt: stored.nextAt }
}

const WITHOUT_SCHEDULE = Object.fromEntries(
  MODES.map((mode) => {
    const rule = DEFAULT_RULES[mode]
    return [mode, { rule, words: describeSchedule(rule), nextAt: null }]
  }),
) as Record<Mode, ScheduleSetting>

function withDefaults(stored: Record<string, unknown>): InstallationSettings['settings'] {
  const fields = Object.entries(DEFAULT_SETTINGS).map(([name, otherwise]) => [
    name,
    stored[name] ?? otherwise,
  ])
  const code = { ...DEFAULT_SETTINGS.code, ...(stored.code as Partial<CodeSetting> | undefined) }
  return { ...Object.fromEntries(fields), code } as InstallationSettings['settings']
}
