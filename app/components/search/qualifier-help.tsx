const EXAMPLES: [example: string, meaning: string][] = [
  ['"exact words"', 'these words in this order'],
  ['-word', 'without this word'],
  ['redis OR valkey', 'either of the words'],
  ['(is:open label:bug) OR is:draft', 'either of the groups'],
  ['repo:owner/name org:owner', 'in a repository, in an account'],
  ['author:login commenter:login reviewed-by:login', 'opened, commented or reviewed by'],
  ['involves:login assignee:login', 'involving, assigned to'],
  ['label:bug milestone:"June"', 'with a label, in a milestone'],
  ['is:open is:closed is:merged is:draft', 'by state'],
  ['review:approved', 'by review: approved, changes_requested or none'],
  [
    'created:>2025-01-01 updated:<14d',
    'by date, or within the last 14 days; also merged: and closed:',
  ],
  ['base:main head:topic', 'by base branch, by head branch'],
  ['path:src/cache', 'with review threads in these files; code in these files'],
  ['lang:go symbol:Pool.close ref:main', 'code by language, declaration or branch'],
  ['in:title', 'only in the title, body, comments, reviews or commits'],
  ['bot:false', 'without text written by bots'],
  ['similar:#12', 'similar to another pull request'],
  ['sort:updated-desc', 'in this order; also created, merged and comments, or -asc'],
]

export function QualifierHelp() {
  return (
    <details className="text-[0.9375rem] open:w-full">
      <summary className="w-fit cursor-pointer text-soft">Search syntax</summary>
      <dl className="mt-3 grid gap-x-6 gap-y-2 rounded-lg border border-line bg-surface px-4 py-4 sm:grid-cols-[auto_1fr] sm:px-5">
        {EXAMPLES.map(([example, meaning]) => (
          <div key={example} className="sm:contents">
            <dt>
              <code>{example}</code>
            </dt>
            <dd className="text-soft">{meaning}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-2 text-soft">
        A minus before a qualifier negates it: <code>-author:login</code>.
      </p>
    </details>
  )
}
