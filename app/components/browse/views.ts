/** Ways to look at pull requests without a question; each is a query that the search page knows, too. */
export const VIEWS = [
  { name: 'open', title: 'Open', query: 'is:open sort:updated' },
  { name: 'day', title: 'Last 24 hours', query: 'updated:<1d sort:updated' },
  { name: 'merged', title: 'Merged', query: 'is:merged sort:merged' },
  {
    name: 'waiting',
    title: 'Waiting for review',
    query: 'is:open draft:false review:none sort:created-asc',
  },
  { name: 'discussed', title: 'Most discussed', query: 'sort:comments' },
] as const

export type View = (typeof VIEWS)[number]

/** Returns the view of that name, or the first. */
export function viewOf(name: string | null): View {
  return VIEWS.find((view) => view.name === name) ?? VIEWS[0]
}

export function viewAddress({ name }: View, cursor?: string): string {
  const query = new URLSearchParams({ view: name, ...(cursor !== undefined && { cursor }) })
  return `/pulls?${query}`
}
