/** The settings of an installation that people change, and how they are validated. */
import { z } from 'zod'
import { codeSetting } from '#app/code/ingest/code-setting.ts'
import { FatalError, type OperatorError, RefusedError } from '#app/config/errors.server.ts'
import { nextAfter, scheduleRule } from '#app/schedules/schedule-rules.ts'
import { repositoryFilter } from './repository-filter.ts'
import { repositoryPriorities } from './repository-priorities.ts'

/** GitHub asks for serial requests, and refuses more than this many at once. */
const MOST_SLOTS = 100

/** How far back an installation's copy goes: everything, a number of years (`2y`), or since a date. */
export const historySetting = z
  .string()
  .refine(isHistory, 'must be all, a number of years (2y) or a date (2024-01-31)')

const delay = z.string().regex(/^[1-9]\d{0,3}[hd]$/, 'must be hours (24h) or days (30d)')

const storedSettings = z.object({
  /** An operator's decision; without one, GitHub's grant is enough for the accounts of the App's owner. */
  active: z.boolean().optional(),
  repository_filter: repositoryFilter.optional(),
  repository_priorities: repositoryPriorities.optional(),
  code: codeSetting.optional(),
  history: historySetting.optional(),
  extraction_slots: z.number().int().min(1).max(MOST_SLOTS).optional(),
  erase_removed_after: delay.optional(),
  erase_suspended_after: delay.optional(),
  /** No schedule starts a sync; webhooks and people still do. */
  schedules_paused: z.boolean().optional(),
  outside_embedding: z.boolean().optional(),
  changed_files: z.boolean().optional(),
  /** Public repositories are for everybody who is let in, not for those alone who read something of the installation. */
  open_public_repositories: z.boolean().optional(),
})
export type StoredSettings = z.infer<typeof storedSettings>

/** A change of settings; omitted fields stay as they are. */
export const settingsChange = z.strictObject({
  ...storedSettings.shape,
  schedules: z
    .strictObject({ incremental: scheduleRule.optional(), full: scheduleRule.optional() })
    .optional(),
})
export type SettingsChange = z.infer<typeof settingsChange>

const HINTS = {
  active: 'Use true or false.',
  repository_filter:
    'Use {"include": [], "exclude": [], "archived": true, "forks": true, "visibility": ["public"]}, each of them optional.',
  code: 'Use {"repositories": ["api-*"], "branches": ["release/*"]}; without repositories, nothing is ingested.',
  repository_priorities: 'Use {"first": ["api-*"], "last": []}, each of them optional.',
  history: 'Use all, 2y or 2024-01-31.',
  schedules:
    'Use {"every": 900}, {"cron": "0 3 * * *", "timeZone": "Europe/Berlin"} or {"off": true}.',
  extraction_slots: `Use a whole number from 1 to ${MOST_SLOTS}.`,
  erase_removed_after: 'Use hours or days, such as 24h or 30d.',
  erase_suspended_after: 'Use hours or days, such as 24h or 30d.',
  schedules_paused: 'Use true or false.',
  outside_embedding: 'Use true or false.',
  changed_files: 'Use true or false.',
  open_public_repositories: 'Use true or false.',
}

/**
 * Validates a change.
 *
 * @throws RefusedError that names each invalid field, with a hint.
 */
export function parseChange(given: unknown): SettingsChange {
  const { data, error } = settingsChange.safeParse(given)
  if (error) throw new RefusedError('invalid', wordsOf(error), hintFor(error))
  for (const [mode, rule] of Object.entries(data.schedules ?? {})) {
    try {
      if (rule) nextAfter(rule, new Date())
    } catch (cause) {
      const { message, hint } = cause as RefusedError
      throw new RefusedError('invalid', `schedules.${mode}: ${message}`, hint)
    }
  }
  return data
}

/**
 * Validates the stored settings when a run starts, since they may have been written by hand.
 *
 * @throws FatalError that names each invalid field, with a hint.
 */
export function checkStored(settings: unknown): StoredSettings {
  const { data, error } = storedSettings.safeParse(settings)
  if (error)
    throw new FatalError(
      `The settings of the installation are not valid: ${wordsOf(error)}. ${hintFor(error)} Correct it in the settings of the installation.`,
    )
  return data
}

/** A stored setting that is not valid. */
export interface InvalidSetting {
  /** `schedules.full` */
  field: string
  message: string
  hint: string
}

export interface StoredSchedule {
  mode: string
  rule: unknown
}

/** Returns what is not valid in stored settings and schedules, which may have been written by hand. */
export function findInvalid(settings: unknown, schedules: StoredSchedule[]): InvalidSetting[] {
  const { error } = storedSettings.safeParse(settings)
  const fields = (error?.issues ?? []).map((issue) => ({
    ...{ field: fieldOf(issue), message: issue.message, hint: hintOf(issue) },
  }))
  return [...fields, ...schedules.flatMap((schedule) => invalidSchedule(schedule) ?? [])]
}

export function invalidSchedule({ mode, rule }: StoredSchedule): InvalidSetting | null {
  const field = `schedules.${mode}`
  const { data } = scheduleRule.safeParse(rule)
  if (!data)
    return { field, message: `${JSON.stringify(rule)} is not a schedule`, hint: HINTS.schedules }
  try {
    nextAfter(data, new Date())
    return null
  } catch (cause) {
    const { message, hint } = cause as OperatorError
    return { field, message, hint }
  }
}

function fieldOf({ path }: z.core.$ZodIssue): string {
  return path.length > 0 ? path.join('.') : 'settings'
}

function wordsOf(error: z.ZodError): string {
  return error.issues.map((issue) => `${fieldOf(issue)}: ${issue.message}`).join('; ')
}

function hintFor({ issues: [issue] }: z.ZodError): string {
  return issue ? hintOf(issue) : ''
}

function hintOf({ path }: z.core.$ZodIssue): string {
  const hints: Record<string, string> = HINTS
  return hints[String(path[0] ?? '')] ?? 'docs/sync.md lists the settings.'
}

function isHistory(text: string): boolean {
  if (/^(all|[1-9]\d{0,2}y)$/.test(text)) return true
  return /^\d{4}-\d\d-\d\d$/.test(text) && new Date(text).toJSON()?.slice(0, 10) === text
}
