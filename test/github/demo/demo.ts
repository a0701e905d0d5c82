import { addSeconds } from '../world/clock.ts'
import { composeArchive } from './compose.ts'
import { type DemoRepository, lastMoment } from './demo-pulls.ts'
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
    method: 'squash',
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
    method: 'merge',
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
    method: 'rebase',
    milestones: ['Boarding without signal'],
    issues: gangwayIssues,
    pulls: [...gangwayBoarding, ...gangwayInterface],
  },
]

/** Returns the demo organisation, shifted by whole days so that its latest activity was yesterday. */
export function demoRepositories(now: Date): ReturnType<typeof composeArchive>[] {
  const pulls = REPOSITORIES.flatMap((one) => one.pulls)
  const latest = Math.max(...pulls.map((pull) => Date.parse(lastMoment(pull))))
  const days = Math.floor((now.getTime() - latest) / 86_400_000) - 1
  return REPOSITORIES.map((one) => composeArchive(moveDays(one, days)))
}

function moveDays(demo: DemoRepository, days: number): DemoRepository {
  const move = (on: string) => addSeconds(`${on}T00:00:00Z`, days * 86_400).slice(0, 10)
  return {
    ...demo,
    issues: demo.issues.map(([number, title, by, on, body]) => [number, title, by, move(on), body]),
    pulls: demo.pulls.map((pull) => ({ ...pull, on: move(pull.on) })),
  }
}
