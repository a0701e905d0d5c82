/** Describes the events of a run in plain words. */
import type { EventLevel } from '../run-events.ts'
import { STEPS } from '../steps.ts'
import { placeAt, WORK } from '../work.ts'

export interface LogRow {
  kind: string
  level: EventLevel
  at: Date
  position: number | null
  actor: string | null
  message: string | null
  /** The name of the repository or item that it concerns, if an outcome gave it one. */
  subject: string | null
  /** The name of the work item; null if it concerns several or none. */
  name: string | null
  facts: Facts
  untilAt: Date | null
  endedAt: Date | null
  times: number
  mode: string
  trigger: string
  request: { repositories?: string[] | null; since?: string; maxPrs?: number | null }
}

/** What an event counts; which of them, depends on its kind. */
interface Facts {
  state?: string
  items?: number
  mode?: string
  done?: number
  failed?: number
  gaps?: number
  pulls?: number
  since?: string | null
}

const MODES: Record<string, string> = {
  full: 'full sync',
  incremental: 'incremental sync',
  targeted: 'targeted refresh',
}
const TRIGGERS: Record<string, string> = {
  schedule: 'the schedule',
  manual: 'a person',
  webhook: 'a webhook',
  cli: 'the command line',
  division: 'a change of how code is divided into chunks',
}
const STATES: Record<string, string> = {
  finished: 'Finished',
  finished_with_gaps: 'Finished with gaps',
  failed: 'Failed',
}

const WORDS: Record<string, (row: LogRow) => string> = {
  requested: ({ actor }) => `Requested by ${who(actor)}`,
  joined: joinedWords,
  started: startedWords,
  stage_started: ({ position }) => `${stageOf(position)} began`,
  stage_ended: ({ position, facts }) => `${stageOf(position)} ended: ${totalsOf(facts)}`,
  repository_planned: plannedWords,
  repository_finished: ({ subject, facts }) =>
    `${subject} is read: ${count(facts.pulls, 'pull request')}`,
  paused: pausedWords,
  waited: (row) => `${stageOf(row.position)} waited${untilOf(row)}: ${ofItem(row)}`,
  retried: (row) => `${stageOf(row.position)} will be tried again: ${ofItem(row)}`,
  failed: (row) => `Failed: ${ofItem(row)}`,
  gap: (row) => `Left out as a gap: ${ofItem(row)}`,
  lease_lost: ({ position, times }) =>
    `A worker stopped in the middle of its work (${stageOf(position)}): ${count(times, 'work item')} went to others`,
  reopened: ({ actor, facts }) =>
    `Retry requested by ${who(actor)}: ${count(facts.items, 'work item')}`,
  cancelled: ({ actor }) => (actor ? `Cancelled by ${who(actor)}` : 'Cancelled'),
  ended: ({ facts }) => STATES[facts.state ?? ''] ?? 'Ended',
}

/** Returns what happened, in one line. */
export function describeEvent(row: LogRow): string {
  const words = WORDS[row.kind]
  return words ? words(row) : (row.message ?? row.kind)
}

function who(actor: string | null): string {
  return TRIGGERS[actor ?? ''] ?? actor ?? 'a person'
}

function joinedWords({ actor, facts, times }: LogRow): string {
  const also = `Also requested by ${who(actor)}`
  return `${also}${times > 1 ? `, ${times} times` : ''}${facts.mode ? `; it now is a ${MODES[facts.mode]}` : ''}`
}

function startedWords({ mode, trigger, request }: LogRow): string {
  const { repositories, since, maxPrs } = request
  return [
    `Started: ${MODES[mode] ?? mode}, because of ${TRIGGERS[trigger] ?? trigger}`,
    repositories ? count(repositories.length, 'named repository', 'named repositories') : '',
    since && since !== 'all' ? `pull requests since ${since.slice(0, 10)}` : '',
    maxPrs ? `the newest ${count(maxPrs, 'pull request')} of each` : '',
  ]
    .filter(Boolean)
    .join(', ')
}

function plannedWords({ subject, facts }: LogRow): string {
  const since = facts.since ? ` updated since ${facts.since.slice(0, 10)}` : ''
  return `${subject} is planned: at most ${count(facts.pulls, 'pull request')}${since}`
}

function pausedWords(row: LogRow): string {
  const { at, endedAt, times, message } = row
  const often = times > 1 ? `, ${times} times in a row` : ''
  const span = endedAt ? ` for ${duration(endedAt.getTime() - at.getTime())}` : untilOf(row)
  return `Paused${span}${often}: ${message ?? 'a limit was reached'}`
}

function untilOf({ untilAt }: LogRow): string {
  return untilAt ? ` until ${untilAt.toISOString().slice(0, 16).replace('T', ' ')} UTC` : ''
}

function ofItem({ name, subject, message, times }: LogRow): string {
  const item = name ?? subject
  const words = message ?? 'no reason given'
  if (item) return `${item}: ${words}`
  return times > 1 ? `${words} (${count(times, 'time')})` : words
}

function stageOf(position: number | null): string {
  if (position === null) return 'A stage'
  const { step, stage } = WORK[placeAt(position)]
  const name = STEPS.find((one) => one.name === step)?.displayName ?? step
  return `${stage[0]?.toUpperCase()}${stage.slice(1)} of ${name}`
}

function totalsOf({ done = 0, failed = 0, gaps = 0 }: Facts): string {
  const parts = [`${count(done, 'work item')} done`]
  if (failed > 0) parts.push(`${failed} failed`)
  if (gaps > 0) parts.push(count(gaps, 'gap'))
  return parts.join(', ')
}

function count(number = 0, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`
}

/** Formats `45 s`, `12 min` or `3 h 5 min`. */
function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`
}
