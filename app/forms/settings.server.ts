/** Reads the form of the settings page. */
import { isExplained, unavailable } from '#app/api/answers.ts'
import type { LoadContext } from '#app/api/load-context.ts'
import { whereToLook } from '#app/api/problems.ts'
import type { FormValues } from '#app/api/shapes/settings-form.ts'
import { readCodeSetting } from '#app/code/ingest/code-setting.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import { writeSchedule } from '#app/schedules/schedule-words.ts'
import { changeOfText } from '#app/sync/settings/change-of-text.ts'
import type { InstallationSettings } from '#app/sync/settings/read-settings.ts'

/** What the page shows after a form was sent. */
export interface SettingsOutcome {
  kind: 'saved' | 'preview' | 'refused'
  headline: string
  lines: string[]
  /** The form as it was sent, to go on with it; null once it is saved. */
  values: FormValues | null
}

type Answer = Omit<SettingsOutcome, 'values'>

/**
 * Performs what the form asks for: a preview, a change, or a purge after its confirmation was typed.
 *
 * @throws Response 503 if the database does not do it now.
 */
export async function submitSettings(
  context: LoadContext,
  id: string,
  form: FormData,
): Promise<SettingsOutcome> {
  const answer = await act(context, id, form)
  const isOther = /^(purge|switch)-/.test(textOf(form, 'intent'))
  return { ...answer, values: answer.kind === 'saved' || isOther ? null : valuesOfForm(form) }
}

async function act(context: LoadContext, id: string, form: FormData): Promise<Answer> {
  try {
    const intent = textOf(form, 'intent')
    if (intent === 'switch-off' || intent === 'switch-on')
      return await switchTo(context, id, intent === 'switch-on')
    if (intent === 'purge-repository' || intent === 'purge-installation')
      return await purge(context, id, form)
    return await change(context, id, form, intent === 'preview')
  } catch (error) {
    if (isExplained(error)) return { kind: 'refused', headline: error.message, lines: [error.hint] }
    const failure = unavailable(context.logger, error)
    if (failure instanceof Response) throw failure
    context.logger.error({ err: error }, 'the settings could not be changed')
    return { kind: 'refused', headline: 'That failed', lines: [whereToLook()] }
  }
}

async function change(
  { decisions }: LoadContext,
  id: string,
  form: FormData,
  dryRun: boolean,
): Promise<Answer> {
  const wanted = {
    ...changeOfText(fieldsOf(form)),
    repository_filter: filterOf(form),
    repository_priorities: {
      first: patternsOf(textOf(form, 'first')),
      last: patternsOf(textOf(form, 'last')),
    },
    code: {
      repositories: patternsOf(textOf(form, 'code')),
      branches: patternsOf(textOf(form, 'code_branches')),
    },
  }
  const { changed, effects, preview } = await decisions.changeInstallation(id, wanted, { dryRun })
  const matching = preview ? [`Matches: ${preview.matching.join(', ') || 'nothing'}.`] : []
  const lines = [...effects, ...matching]
  if (dryRun && lines.length > 0)
    return { kind: 'preview', headline: 'Nothing is saved yet. This would change:', lines }
  return { kind: 'saved', headline: changed ? 'Saved.' : 'Nothing differs.', lines }
}

async function switchTo({ decisions }: LoadContext, id: string, active: boolean): Promise<Answer> {
  const { effects } = await decisions.changeInstallation(id, { active })
  return { kind: 'saved', headline: 'Saved.', lines: effects }
}

const SWITCHES = [
  'outside_embedding',
  'changed_files',
  'open_public_repositories',
  'schedules_paused',
]
const TEXT_FIELDS = [
  'history',
  'extraction_slots',
  'erase_removed_after',
  'erase_suspended_after',
  'schedules.incremental',
  'schedules.full',
]

function fieldsOf(form: FormData): string[] {
  const switches = SWITCHES.map((name) => `${name}=${form.has(name)}`)
  return [...switches, ...TEXT_FIELDS.map((name) => `${name}=${textOf(form, name)}`)]
}

function valuesOfForm(form: FormData): FormValues {
  return {
    include: textOf(form, 'include'),
    exclude: textOf(form, 'exclude'),
    first: textOf(form, 'first'),
    last: textOf(form, 'last'),
    code: textOf(form, 'code'),
    codeBranches: textOf(form, 'code_branches'),
    archived: form.has('archived'),
    forks: form.has('forks'),
    visibility: form.getAll('visibility').map(String),
    outsideEmbedding: form.has('outside_embedding'),
    changedFiles: form.has('changed_files'),
    openPublic: form.has('open_public_repositories'),
    schedulesPaused: form.has('schedules_paused'),
    texts: Object.fromEntries(TEXT_FIELDS.map((name) => [name, textOf(form, name)])),
  }
}

function filterOf(form: FormData) {
  const visibility = form.getAll('visibility').map(String)
  return {
    include: patternsOf(textOf(form, 'include')),
    exclude: patternsOf(textOf(form, 'exclude')),
    archived: form.has('archived'),
    forks: form.has('forks'),
    ...(visibility.length < 3 && { visibility }),
  }
}

function patternsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean)
}

async function purge({ decisions }: LoadContext, id: string, form: FormData): Promise<Answer> {
  const subject = textOf(form, 'subject')
  if (textOf(form, 'confirmation') !== subject)
    throw new RefusedError(
      'invalid',
      'Nothing was erased, because the name does not match',
      `Type ${subject} exactly.`,
    )
  const { message } =
    textOf(form, 'intent') === 'purge-installation'
      ? await decisions.purgeInstallation(id)
      : await decisions.purgeRepository(subject)
  return { kind: 'saved', headline: message, lines: [] }
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value.trim() : ''
}

/** Returns the values of a form that nobody has changed. */
export function valuesOf({ settings, schedules }: InstallationSettings): FormValues {
  const { include, exclude, archived, forks, visibility } = settings.repository_filter
  const code = readCodeSetting(settings.code)
  return {
    include: (include ?? []).join('\n'),
    exclude: (exclude ?? []).join('\n'),
    first: (settings.repository_priorities.first ?? []).join('\n'),
    last: (settings.repository_priorities.last ?? []).join('\n'),
    code: code.repositories.join('\n'),
    codeBranches: code.branches.join('\n'),
    archived: archived ?? true,
    forks: forks ?? true,
    visibility: [...(visibility ?? ['public', 'private', 'internal'])],
    outsideEmbedding: settings.outside_embedding,
    changedFiles: settings.changed_files,
    openPublic: settings.open_public_repositories,
    schedulesPaused: settings.schedules_paused,
    texts: {
      history: settings.history,
      extraction_slots: String(settings.extraction_slots),
      erase_removed_after: settings.erase_removed_after,
      erase_suspended_after: settings.erase_suspended_after,
      'schedules.incremental': writeSchedule(schedules.incremental.rule),
      'schedules.full': writeSchedule(schedules.full.rule),
    },
  }
}
