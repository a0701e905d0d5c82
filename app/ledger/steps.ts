import { STAGES, type StageName } from '#app/queues/stages.ts'

export const STEPS = [
  { name: 'github_repositories', displayName: 'GitHub Repositories' },
  {
    name: 'github_prs_commits_reviews_comments',
    displayName: 'PRs, Commits, Reviews & Comments',
  },
] as const
export type StepName = (typeof STEPS)[number]['name']

/** A stage of a step, e.g. `github_repositories/extraction`. */
export type Place = `${StepName}/${StageName}`

/** Every place in the order in which a run goes through them; a place's position is its index + 1. */
export const PLACES: readonly Place[] = STEPS.flatMap((step) =>
  STAGES.map((stage): Place => `${step.name}/${stage}`),
)

/**
 * Where the work items of a place may put follow-ups. The ledger refuses any other, because `last_item`
 * is true only if nothing else can add to a stage.
 */
const FOLLOW_UPS: Record<Place, readonly Place[]> = {
  'github_repositories/extraction': [
    'github_repositories/extraction',
    'github_repositories/transform',
  ],
  'github_repositories/transform': [
    'github_repositories/embedding',
    'github_prs_commits_reviews_comments/extraction',
  ],
  'github_repositories/embedding': [],
  'github_prs_commits_reviews_comments/extraction': [
    'github_prs_commits_reviews_comments/extraction',
    'github_prs_commits_reviews_comments/transform',
  ],
  'github_prs_commits_reviews_comments/transform': [
    'github_prs_commits_reviews_comments/embedding',
  ],
  'github_prs_commits_reviews_comments/embedding': [],
}

export function positionOf(place: Place): number {
  return PLACES.indexOf(place) + 1
}

export function placeAt(position: number): Place {
  const place = PLACES[position - 1]
  if (!place) throw new Error(`No step has a stage at position ${position}`)
  return place
}

export function stepOf(place: Place): StepName {
  return place.split('/')[0] as StepName
}

export function stageOf(place: Place): StageName {
  return place.split('/')[1] as StageName
}

export function positionsOf(stage: StageName): number[] {
  return PLACES.filter((place) => stageOf(place) === stage).map(positionOf)
}

/** @throws when items of `from` may not add to `to`. */
export function checkFollowUp(from: Place, to: Place): void {
  if (!FOLLOW_UPS[from].includes(to)) throw new Error(`Items of ${from} may not add items to ${to}`)
}

/** The positions whose items can, directly or through others, still add to this place. */
export function upstreamOf(place: Place): number[] {
  const found = new Set<Place>()
  function visit(target: Place): void {
    for (const source of PLACES) {
      if (source === place || found.has(source) || !FOLLOW_UPS[source].includes(target)) continue
      found.add(source)
      visit(source)
    }
  }
  visit(place)
  return [...found].map(positionOf).sort((a, b) => a - b)
}
