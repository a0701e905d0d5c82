import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted, notHidden } from '#app/database/predicates.ts'
import { nextAfter } from '#app/schedules/schedule-rules.ts'
import { describeSchedule } from '#app/schedules/schedule-words.ts'
import { startOf } from '#app/sync/settings/history.ts'
import type { InstallationSettings } from '#app/sync/settings/read-settings.ts'
import type { SettingsChange } from '#app/sync/settings/settings-shape.ts'
import { MODES } from '#app/sync/settings/sync-schedules.ts'
import { POINTS_PER_THOUSAND } from '#app/sync/status/forecast.ts'
import { type FilterPreview, previewFilter } from './filter-preview.ts'
import { describeSwitch } from './switch-installation.ts'

const NAMED = 5

export interface Effects {
  /** What the change does, one sentence each. */
  effects: string[]
  preview: FilterPreview | null
}

/** Says what a change will do. @param change only fields whose values differ. */
export async function describeEffects(
  db: Queryable,
  current: InstallationSettings,
  change: SettingsChange,
): Promise<Effects> {
  const { installation, settings } = current
  const filter = change.repository_filter
  const preview = filter ? await previewFilter(db, installation, filter) : null
  const kept = change.erase_removed_after ?? settings.erase_removed_after
  const effects = [
    ...(change.active === undefined ? [] : [describeSwitch(current, change.active)]),
    ...(preview ? describePreview(preview, current.kind, kept) : []),
    ...describePriorities(change.repository_priorities),
    ...describeCode(change.code),
    ...(change.history ? [await describeHistory(db, current, change.history)] : []),
    ...describeSchedules(change),
    ...describePause(change.schedules_paused),
    ...(change.extraction_slots
      ? [
          `Sends ${change.extraction_slots} ${change.extraction_slots === 1 ? 'call' : 'calls'} to GitHub at once, from the next call on.`,
        ]
      : []),
    ...(change.erase_removed_after
      ? [`Erases what is removed or uninstalled ${inWords(change.erase_removed_after)} later.`]
      : []),
    ...(change.erase_suspended_after
      ? [`Erases what is suspended ${inWords(change.erase_suspended_after)} later.`]
      : []),
    ...describeConsent(change.outside_embedding),
    ...describeChangedFiles(change.changed_files),
    ...describeOpening(change.open_public_repositories),
  ]
  return { effects, preview }
}

function describeOpening(isOpen: boolean | undefined): string[] {
  if (isOpen === undefined) return []
  return [
    isOpen
      ? 'Shows its public repositories to everybody who is let in here, at once.'
      : 'Shows its public repositories to those alone to whom GitHub shows a repository of this installation, at once.',
  ]
}

function describePause(isPaused: boolean | undefined): string[] {
  if (isPaused === undefined) return []
  return [
    isPaused
      ? 'Starts no more syncs by schedule. A sync in progress goes on, and webhooks and people still start syncs.'
      : 'Starts syncs by schedule again; what has come due meanwhile starts at once, once.',
  ]
}

function describeChangedFiles(isOn: boolean | undefined): string[] {
  if (isOn === undefined) return []
  if (!isOn) return ['Requests no changed files from GitHub any more; those stored stay.']
  return [
    'Requests the changed files of pull requests with each sync; the next full sync adds those of older ones.',
  ]
}

function describePriorities(change: SettingsChange['repository_priorities']): string[] {
  if (!change) return []
  const { first, last } = change
  const sides = [
    first.length > 0 && `${listed(first)} before the others`,
    last.length > 0 && `${listed(last)} after the others`,
  ].filter(Boolean)
  if (sides.length === 0) return ['From the next sync on, no repository is read before another.']
  return [`From the next sync on, reads ${sides.join(', and ')}.`]
}

function describeCode(change: SettingsChange['code']): string[] {
  if (!change) return []
  const branches = change.branches.length > 0 ? ` and ${listed(change.branches)}` : ''
  return [
    change.repositories.length === 0
      ? 'Ingests no more code by itself; what is ingested stays until it is deleted on the page Projects.'
      : `Ingests the default branch${branches} of ${listed(change.repositories)}: within a minute, and after every push. Branches that it followed and that match no longer are removed.`,
  ]
}

function describeConsent(allowed: boolean | undefined): string[] {
  if (allowed === undefined) return []
  return [
    allowed
      ? 'Allows texts to be sent to an outside embedding provider; secrets in them are masked. Those copied so far are sent next.'
      : 'Sends no more texts to an outside embedding provider: new ones are found by words only. Vectors that exist are kept.',
  ]
}

function describePreview(
  { known, matches, hides, adds }: FilterPreview,
  kind: 'app' | 'token',
  kept: string,
): string[] {
  if (kind === 'token')
    return [
      `Matches ${matches} of ${known} repositories; a token reads those that it names anyway.`,
    ]
  const sentences = [`Matches ${matches} of ${known} known repositories.`]
  if (hides.length > 0)
    sentences.push(
      `Hides ${listed(hides)} at once, and erases the ${hides.length === 1 ? 'copy' : 'copies'} ${inWords(kept)} later.`,
    )
  if (adds.length > 0) sentences.push(`The next sync reads ${listed(adds)}.`)
  return sentences
}

function listed(names: string[]): string {
  const first = names.slice(0, NAMED).join(', ')
  return names.length > NAMED ? `${first} and ${names.length - NAMED} more` : first
}

async function describeHistory(
  db: Queryable,
  { installation, settings }: InstallationSettings,
  history: string,
): Promise<string> {
  const [before, after] = [startOf(settings.history), startOf(history)]
  const isLonger = after === 'all' || (before !== 'all' && after < before)
  if (!isLonger)
    return `Later syncs look back ${history === 'all' ? 'to the beginning' : `to ${after.slice(0, 10)}`}; what is stored stays.`
  const { rows } = await db.query<{ older: number }>(
    `select coalesce(sum(greatest(0, r.pull_requests - (select count(*) from pull_request p
       where p.repository_id = r.id and ${notDeleted('p')}))), 0)::int as older
     from repository r where r.installation_id = $1 and ${notHidden('r')}`,
    [installation],
  )
  const older = rows[0]?.older ?? 0
  const points = Math.ceil((older * POINTS_PER_THOUSAND) / 1000)
  const count = `${older.toLocaleString('en')} older pull ${older === 1 ? 'request' : 'requests'}`
  return `The next sync reads ${history === 'all' ? '' : 'up to '}${count}, about ${points.toLocaleString('en')} ${points === 1 ? 'point' : 'points'}.`
}

function describeSchedules({ schedules = {} }: SettingsChange): string[] {
  return MODES.flatMap((mode) => {
    const rule = schedules[mode]
    if (!rule) return []
    const name = mode === 'full' ? 'Full' : 'Incremental'
    const next = nextAfter(rule, new Date())
    const when = next
      ? `; the next one is at ${next.toISOString().slice(0, 16).replace('T', ' ')} UTC`
      : ''
    return [`${name} syncs: ${describeSchedule(rule)}${when}.`]
  })
}

function inWords(delay: string): string {
  const count = Number.parseInt(delay, 10)
  const unit = delay.endsWith('h') ? 'hour' : 'day'
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
