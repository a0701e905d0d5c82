const QUALIFIERS: [example: string, meaning: string][] = [
  ['"exact words"', 'these words, one after the other'],
  ['-word', 'nothing that says it'],
  ['redis OR valkey', 'one of them'],
  ['repo:owner/name org:owner', 'of a repository, of an account'],
  ['author:login commenter:login reviewed-by:login', 'opened, commented or reviewed by'],
  ['involves:login assignee:login', 'anything to do with, assigned to'],
  ['label:bug milestone:"June"', 'labelled, in a milestone'],
  ['is:open is:closed is:merged is:draft', 'its state'],
  ['review:approved', 'or changes_requested, or none'],
  [
    'created:>2025-01-01 updated:<14d',
    'by date, or within the last 14 days; merged: and closed: too',
  ],
  ['base:main head:topic', 'its branches'],
  ['path:src/cache', 'with review threads there'],
  ['in:title', 'only there: title, body, comments, reviews or commits'],
  ['bot:false', 'without what bots wrote'],
  ['similar:#12', 'like another pull request'],
  ['sort:updated-desc', 'or created, merged, comments; -asc for the oldest first'],
]

export function QualifierHelp() {
  return (
    <details className="mt-3 text-[0.9375rem]">
      <summary className="w-fit cursor-pointer text-soft">What a search understands</summary>
      <dl className="mt-3 grid gap-x-6 gap-y-2 rounded-lg border border-line bg-surface px-4 py-4 sm:grid-cols-[auto_1fr] sm:px-5">
        {QUALIFIERS.map(([example, meaning]) => (
          <div key={example} className="sm:contents">
            <dt>
              <code>{example}</code>
            </dt>
            <dd className="text-soft">{meaning}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-2 text-soft">
        A minus before a qualifier turns it round: <code>-author:login</code>.
      </p>
    </details>
  )
}
