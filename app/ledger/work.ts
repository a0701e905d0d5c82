/** The catalogue of work: all places of work items, in the order in which a run passes through them. */
import { z } from 'zod'
import type { StageName } from '#app/queues/stages.ts'
import { codePayload, pullRequestPayload, recordPayload, repositoryPayload } from './payloads.ts'
import type { StepName } from './steps.ts'

/** A place of work items: one stage of one step. */
export type Place = `${StepName}/${StageName}`

interface Work {
  /** Number of the place in the database. */
  position: number
  step: StepName
  stage: StageName
  payload: z.ZodType
  /**
   * The places to which items may add follow-ups. The ledger rejects any other, because `last_item` is only
   * valid if nothing else can add to a stage.
   */
  followUps: Place[]
}

export const WORK = {
  'github_repositories/extraction': {
    position: 1,
    step: 'github_repositories',
    stage: 'extraction',
    payload: repositoryPayload,
    followUps: ['github_repositories/extraction', 'github_repositories/transform'],
  },
  'github_repositories/transform': {
    position: 2,
    step: 'github_repositories',
    stage: 'transform',
    payload: recordPayload,
    followUps: ['github_repositories/embedding', 'github_prs_commits_reviews_comments/extraction'],
  },
  'github_repositories/embedding': {
    position: 3,
    step: 'github_repositories',
    stage: 'embedding',
    payload: z.object({ repositoryId: z.string() }),
    followUps: [],
  },
  'github_prs_commits_reviews_comments/extraction': {
    position: 4,
    step: 'github_prs_commits_reviews_comments',
    stage: 'extraction',
    payload: pullRequestPayload,
    followUps: [
      'github_prs_commits_reviews_comments/extraction',
      'github_prs_commits_reviews_comments/transform',
    ],
  },
  'github_prs_commits_reviews_comments/transform': {
    position: 5,
    step: 'github_prs_commits_reviews_comments',
    stage: 'transform',
    payload: recordPayload,
    followUps: ['github_prs_commits_reviews_comments/embedding'],
  },
  'github_prs_commits_reviews_comments/embedding': {
    position: 6,
    step: 'github_prs_commits_reviews_comments',
    stage: 'embedding',
    payload: z.object({ snapshotId: z.string(), pullRequestId: z.string() }),
    followUps: [],
  },
  'github_code/extraction': {
    position: 7,
    step: 'github_code',
    stage: 'extraction',
    payload: codePayload.extraction,
    followUps: ['github_code/extraction', 'github_code/transform'],
  },
  'github_code/transform': {
    position: 8,
    step: 'github_code',
    stage: 'transform',
    payload: codePayload.transform,
    followUps: ['github_code/embedding'],
  },
  'github_code/embedding': {
    position: 9,
    step: 'github_code',
    stage: 'embedding',
    payload: codePayload.embedding,
    followUps: ['github_code/embedding'],
  },
} satisfies Record<Place, Work>

export const PLACES = Object.keys(WORK) as Place[]

/** Returns the places of a run: code is ingested by runs of its own. */
export function placesOf(mode: string): Place[] {
  return PLACES.filter((place) => (WORK[place].step === 'github_code') === (mode === 'code'))
}

/** The payload type of a place. */
export type Payload<P extends Place> = z.infer<(typeof WORK)[P]['payload']>

/** @throws if no place has this position. */
export function placeAt(position: number): Place {
  const place = PLACES.find((one) => WORK[one].position === position)
  if (!place) throw new Error(`No step has a stage at position ${position}`)
  return place
}

/** @throws if items of `from` may not add to `to`. */
export function checkFollowUp(from: Place, to: Place): void {
  const { followUps }: Work = WORK[from]
  if (!followUps.includes(to)) throw new Error(`Items of ${from} may not add items to ${to}`)
}

/** Returns the positions whose items can still add to this place, directly or through others. */
export function upstreamOf(place: Place): number[] {
  const found = new Set<Place>()
  function visit(target: Place): void {
    for (const source of PLACES) {
      const { followUps }: Work = WORK[source]
      if (source === place || found.has(source) || !followUps.includes(target)) continue
      found.add(source)
      visit(source)
    }
  }
  visit(place)
  return [...found].map((source) => WORK[source].position).sort((a, b) => a - b)
}
