export type PullState = 'open' | 'draft' | 'merged' | 'merged by Bors' | 'closed'

/** The merge queue Bors begins the title of what it has merged with this. */
const MERGED_BY_BORS = /^\[Merged by Bors\]/i

/**
 * Returns the state of a pull request in a word. What a merge queue squashes and pushes itself is only closed
 * on GitHub, so a title that says it was merged is believed.
 */
export function pullStateOf(pull: {
  state: 'OPEN' | 'CLOSED' | 'MERGED'
  isDraft: boolean
  title: string
}): PullState {
  if (pull.state === 'OPEN') return pull.isDraft ? 'draft' : 'open'
  if (pull.state === 'MERGED') return 'merged'
  return MERGED_BY_BORS.test(pull.title) ? 'merged by Bors' : 'closed'
}
