export type { Estimate } from '#app/setup/estimate.ts'
export type { CodeEstimate, Range } from '#app/setup/estimate-code.ts'

/** What an installation is to copy, as the form of the set-up shows it. */
export interface Choice {
  id: string
  account: string
  /** Another account than the App's owner installed it, so that an operator has to approve it. */
  isUnapproved: boolean
  isApproved: boolean
  include: string
  exclude: string
  history: string
  schedule: string
  outsideEmbedding: boolean
  /** Repositories whose code is ingested, and branches of them beside the default one. */
  code: string
  codeBranches: string
}
