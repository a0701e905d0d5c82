/** The steps of a run, in order. Pages import this file too, so it has no imports. */
export const STEPS = [
  { name: 'github_repositories', displayName: 'GitHub Repositories' },
  {
    name: 'github_prs_commits_reviews_comments',
    displayName: 'PRs, Commits, Reviews & Comments',
  },
  { name: 'github_code', displayName: 'Code' },
] as const
export type StepName = (typeof STEPS)[number]['name']
