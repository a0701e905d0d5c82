import type { Seed } from '#app/ledger/runs.ts'
import { PLACES } from '#app/ledger/steps.ts'
import type { Handler, Handlers } from '#workers/handlers.ts'

// This version has the ledger and no stages yet. The first sync brings the real handlers and seed and
// replaces both of these; until then a run that somebody asks for fails at once and says why, instead
// of waiting for ever or pretending to have read something.
const NO_STAGES = 'This version of Whence does not read GitHub yet: it has no stage handlers'

const refuse: Handler = async (items) => async () =>
  items.map(() => ({ state: 'failed', message: NO_STAGES }))

export const handlers = Object.fromEntries(PLACES.map((place) => [place, refuse])) as Handlers

export const seed: Seed = async () => [
  { place: 'github_repositories/extraction', key: 'no-stage-handlers' },
]
