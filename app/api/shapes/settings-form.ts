/** What the form of the settings page shows, as text. */
export interface FormValues {
  include: string
  exclude: string
  /** Repositories that are read before the others, and after them. */
  first: string
  last: string
  /** Repositories whose code is ingested, and branches of them beside the default one. */
  code: string
  codeBranches: string
  archived: boolean
  forks: boolean
  visibility: string[]
  outsideEmbedding: boolean
  changedFiles: boolean
  openPublic: boolean
  schedulesPaused: boolean
  /** By the name of the field. */
  texts: Record<string, string>
}
