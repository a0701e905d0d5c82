import type { Archive } from '../sources/archive-format.ts'
import { addSeconds } from '../world/clock.ts'
import { composeArchive, type DemoRepository } from './compose.ts'
import { gangwayBoarding } from './gangway-boarding.ts'
import { gangwayInterface } from './gangway-interface.ts'
import { gangwayIssues, quayIssues, tidelineIssues } from './issues.ts'
import { quayCache } from './quay-cache.ts'
import { quayFoundations } from './quay-foundations.ts'
import { quayLater } from './quay-later.ts'
import { quaySeason } from './quay-season.ts'
import { tidelineEngine } from './tideline-engine.ts'
import { tidelineForecast } from './tideline-forecast.ts'

const REPOSITORIES: DemoRepository[] = [
  {
    name: 'quay',
    description: 'The booking API: quotes, reservations, payments and refunds for ferry crossings.',
    language: 'TypeScript',
    topics: ['booking', 'payments', 'postgres'],
    milestones: ['Summer season', 'Refunds without phone calls'],
    issues: quayIssues,
    pulls: [...quayFoundations, ...quayCache, ...quayLater, ...quaySeason],
  },
  {
    name: 'tideline',
    description:
      'Computes timetables from tides, berths and crews, and says how late a ferry will be.',
    language: 'Rust',
    topics: ['timetables', 'tides', 'forecasting'],
    milestones: ['Winter timetable'],
    issues: tidelineIssues,
    pulls: [...tidelineEngine, ...tidelineForecast],
  },
  {
    name: 'gangway',
    description:
      'What passengers and boarding crews hold in their hands: check-in, tickets, delays.',
    language: 'TypeScript',
    topics: ['check-in', 'offline', 'accessibility'],
    isPrivate: true,
    milestones: ['Boarding without signal'],
    issues: gangwayIssues,
    pulls: [...gangwayBoarding, ...gangwayInterface],
  },
]

/** Returns the demo organisation, shifted by whole days so that its latest activity was yesterday. */
export function demoArchives(now: Date): Archive[] {
  const archives = REPOSITORIES.map(composeArchive)
  const latest = archives
    .flatMap((one) => one.pulls.map((pull) => pull.updatedAt))
    .sort()
    .at(-1)
  const behind = now.getTime() - Date.parse(latest ?? now.toISOString())
  const shift = (Math.floor(behind / 86_400_000) - 1) * 86_400
  return archives.map((archive) => moveTimes(archive, shift))
}

function moveTimes<T>(value: T, seconds: number): T {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:]+Z$/.test(value)) {
    return addSeconds(value, seconds) as T
  }
  if (Array.isArray(value)) return value.map((one) => moveTimes(one, seconds)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, moveTimes(one, seconds)]),
  ) as T
}
