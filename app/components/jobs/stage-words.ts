import type { StepName } from '#app/ledger/steps.ts'
import type { StageView } from '#app/ledger/views/job.ts'
import type { StageName } from '#app/queues/stages.ts'
import { countText, pluralText } from '../elements/time-text.ts'

interface Counted {
  one: string
  many: string
  /** What was done to them. */
  done: string
  /** What is counted, in one sentence. */
  meaning: string
}

const ANSWERS = { one: 'answer', many: 'answers', done: 'stored' }

const COUNTED: Record<StepName, Record<StageName, Counted>> = {
  github_repositories: {
    extraction: {
      ...{ one: 'call', many: 'calls', done: 'answered' },
      meaning: 'Calls to GitHub that list repositories, or ask what has changed in them.',
    },
    transform: {
      ...ANSWERS,
      meaning: 'Answers about repositories, turned into rows and passages.',
    },
    embedding: {
      ...{ one: 'repository', many: 'repositories', done: 'embedded' },
      meaning: 'Descriptions of repositories that got a vector for the search by meaning.',
    },
  },
  github_prs_commits_reviews_comments: {
    extraction: {
      ...{ one: 'call', many: 'calls', done: 'answered' },
      meaning:
        'Calls to GitHub for pull requests, and for what goes beyond the first page of their lists.',
    },
    transform: {
      ...ANSWERS,
      meaning: 'Answers about pull requests, turned into rows and passages.',
    },
    embedding: {
      ...{ one: 'pull request', many: 'pull requests', done: 'embedded' },
      meaning: 'Pull requests whose new passages got vectors for the search by meaning.',
    },
  },
  github_code: {
    extraction: {
      ...{ one: 'part', many: 'parts', done: 'fetched' },
      meaning: 'Parts of the work that bring a commit here and list its files.',
    },
    transform: {
      ...{ one: 'part', many: 'parts', done: 'divided' },
      meaning: 'Groups of changed files that were divided into chunks.',
    },
    embedding: {
      ...{ one: 'part', many: 'parts', done: 'embedded' },
      meaning:
        'Groups of chunks that got vectors. The last parts make the commit searchable, and map its commits to pull requests.',
    },
  },
}

export function meaningOf(step: StepName, stage: StageName): string {
  return COUNTED[step][stage].meaning
}

/** Says how far a stage is: `6 calls answered`, `6 of 10 calls answered`, `6 calls answered, more to come`. */
export function countedText(step: StepName, stage: StageName, view: StageView): string {
  const { one, many, done } = COUNTED[step][stage]
  if (view.total === 0) return view.state === 'finished' ? 'nothing to do' : 'nothing yet'
  if (view.done === view.total && view.totalKnown)
    return `${pluralText(view.total, one, many)} ${done}`
  const text = `${countText(view.done)} of ${pluralText(view.total, one, many)} ${done}`
  return view.totalKnown ? text : `${text}, more to come`
}
