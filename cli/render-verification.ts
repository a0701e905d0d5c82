import {
  type BothSides,
  COUNTED_KINDS,
  type CountedKind,
  type RepositoryReport,
  type Verification,
} from '#app/verify/report.ts'

const HEADS: Record<CountedKind, string> = {
  pullRequests: 'pull requests',
  commits: 'commits',
  reviews: 'reviews',
  comments: 'comments',
  reviewThreads: 'threads',
  reviewComments: 'review comments',
  checks: 'checks',
  files: 'changed files',
}

/** Renders a table of the counts, then the differences, the gaps and the conclusion. */
export function renderVerification(verification: Verification): string {
  const { repositories, unread, complete, points } = verification
  const differences = repositories.flatMap((one) => one.differences)
  const gaps = repositories.flatMap((one) => one.gaps)
  const table = [
    ['repository', ...COUNTED_KINDS.map((kind) => HEADS[kind]), 'changed since'],
    ...repositories.map(rowOf),
    ...(repositories.length > 1 ? [rowOf(sumOf(repositories))] : []),
  ]
  const end = complete
    ? `Complete${gaps.length > 0 ? ', except for the gaps listed above' : ''}`
    : `Not complete: ${reasonsOf(differences.length, unread.length)}`
  return [
    ...align(table),
    ...differences.map(
      ({ kind, name, github, stored, reason }) =>
        `differs: ${name}: ${kind === 'repository' ? 'pull requests' : HEADS[kind]} ${github} on GitHub, ${stored} stored: ${reason}`,
    ),
    ...repositories.flatMap(({ repository, newest }) =>
      newest
        ? `${repository}: the newest ${newest.stored.toLocaleString('en-US')} of ${newest.of.toLocaleString('en-US')}`
        : [],
    ),
    ...unread.map(({ repository, reason }) => `never read: ${repository}: ${reason}`),
    ...gaps.map(({ name, reason }) => `gap: ${name}: ${reason}`),
    `${end}. Cost: ${count(points, 'point')}.`,
  ].join('\n')
}

function reasonsOf(differences: number, unread: number): string {
  const never =
    unread === 1 ? '1 repository was never read' : `${unread} repositories were never read`
  return [
    ...(differences > 0 || unread === 0 ? [count(differences, 'difference')] : []),
    ...(unread > 0 ? [never] : []),
  ].join(', ')
}

function rowOf(report: RepositoryReport): string[] {
  return [
    report.repository,
    ...COUNTED_KINDS.map((kind) => both(report[kind])),
    report.changedSince.toLocaleString('en-US'),
  ]
}

/** Returns one number if both sides are equal. */
function both({ github, stored }: BothSides): string {
  const [there, here] = [github, stored].map((one) => one.toLocaleString('en-US'))
  return github === stored ? `${here}` : `${here} of ${there}`
}

function sumOf(reports: RepositoryReport[]): RepositoryReport {
  const total = { repository: 'all', newest: null, gaps: [], differences: [] }
  const add = (of: (report: RepositoryReport) => number) =>
    reports.reduce((sum, report) => sum + of(report), 0)
  const counts = COUNTED_KINDS.map((kind) => [
    kind,
    { github: add((one) => one[kind].github), stored: add((one) => one[kind].stored) },
  ])
  return {
    ...total,
    ...(Object.fromEntries(counts) as Record<CountedKind, BothSides>),
    changedSince: add((one) => one.changedSince),
  }
}

/** Aligns names to the left and numbers to the right. */
function align(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  )
}

function count(number: number, what: string): string {
  return `${number.toLocaleString('en-US')} ${what}${number === 1 ? '' : 's'}`
}
