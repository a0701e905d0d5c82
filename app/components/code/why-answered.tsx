import type { WhyAnswer, WhyCommit, WhyRange } from '#app/why/why-answer.ts'
import { Moment } from '../elements/moment.tsx'
import { LINK, OutwardLink } from '../elements/outward-link.tsx'
import { Section } from '../elements/section.tsx'
import { whyUrl } from './why-url.ts'

interface Answered {
  answer: WhyAnswer
  now: string
}

/** What is known of lines, of a file or of a commit. */
export function WhyAnswered({ answer, now }: Answered) {
  const { repository, oid, path, ranges, commits } = answer
  return (
    <>
      <h1 className="text-xl font-semibold [overflow-wrap:anywhere]">
        {path === null ? `Commit ${oid.slice(0, 10)}` : path}
      </h1>
      <p className="mt-2 text-[0.9375rem] text-soft [overflow-wrap:anywhere]">
        {repository} at {oid.slice(0, 10)}
      </p>
      <Freshness answer={answer} now={now} />
      {ranges.map((range) => (
        <Explained key={range.from} of={range} repository={repository} title={titleOf(range)}>
          <Inside range={range} />
          <Moved range={range} repository={repository} />
        </Explained>
      ))}
      {ranges.length > 0 && commits.length > 0 && (
        <h2 className="mt-10 text-lg font-semibold tracking-tight">How they came to be</h2>
      )}
      {commits.map((one) => (
        <Explained
          key={one.commit.oid}
          of={one}
          repository={repository}
          title={`Commit ${one.commit.oid.slice(0, 10)}`}
        />
      ))}
      {path !== null && ranges.length > 0 && (
        <p className="mt-8">
          <a href={whyUrl({ repository, ref: oid, path, lines: null })} className={LINK}>
            The last changes of the file
          </a>
        </p>
      )}
    </>
  )
}

function titleOf({ from, to }: WhyRange): string {
  return from === to ? `Line ${from}` : `Lines ${from} to ${to}`
}

function Freshness({ answer: { publishedAt, syncedUntil }, now }: Answered) {
  return (
    <p className="mt-2 text-[0.9375rem] text-soft">
      {publishedAt === null ? (
        'The history of the default branch has not been read yet'
      ) : (
        <>
          History of the default branch as of <Moment at={publishedAt} now={now} />
        </>
      )}
      {'; '}
      {syncedUntil === null ? (
        'the copy of the pull requests is not complete yet.'
      ) : (
        <>
          copy of the pull requests complete until <Moment at={syncedUntil} now={now} />.
        </>
      )}
    </p>
  )
}

interface ExplainedProps {
  of: WhyCommit
  repository: string
  title: string
  children?: React.ReactNode
}

function Explained({ of, repository, title, children }: ExplainedProps) {
  const { commit, pullRequests, says, words } = of
  const [first, ...others] = pullRequests
  return (
    <div className="mt-8">
      <Section id={`why-${title.replaceAll(' ', '-')}`} title={title}>
        {first && (
          <p className="text-[0.9375rem] font-medium [overflow-wrap:anywhere]">
            <PullLink repository={repository} number={first.number} /> {first.title}
          </p>
        )}
        <p className="mt-1 text-[0.9375rem] [overflow-wrap:anywhere]">{says}</p>
        <p className="mt-1 text-[0.9375rem] text-soft [overflow-wrap:anywhere]">
          <code>{commit.oid.slice(0, 10)}</code> by {commit.author} on{' '}
          {commit.authoredAt.slice(0, 10)}: {commit.summary}
        </p>
        {children}
        {others.length > 0 && (
          <p className="mt-1 text-[0.9375rem] text-soft">
            Also:{' '}
            {others.map(({ number, evidence }, index) => (
              <span key={number}>
                {index > 0 && ', '}
                <PullLink repository={repository} number={number} /> (
                {evidence.join(', ').replaceAll('_', ' ')})
              </span>
            ))}
          </p>
        )}
        <Words words={words} />
      </Section>
    </div>
  )
}

function PullLink({ repository, number }: { repository: string; number: number }) {
  return (
    <a href={`/pulls/${repository}/${number}`} className={LINK}>
      #{number}
    </a>
  )
}

function Inside({ range: { inside } }: { range: WhyRange }) {
  return inside.map(({ from, to, commit }) => (
    <p key={from} className="mt-1 text-[0.9375rem] text-soft [overflow-wrap:anywhere]">
      Inside it, {from === to ? `line ${from}` : `lines ${from} to ${to}`}:{' '}
      <code>{commit.oid.slice(0, 10)}</code> by {commit.author}: {commit.summary}
    </p>
  ))
}

function Moved({ range: { moved }, repository }: { range: WhyRange; repository: string }) {
  return moved.map(({ from, to, commit, pullRequests: [wrote] }) => (
    <p key={from} className="mt-1 text-[0.9375rem] text-soft [overflow-wrap:anywhere]">
      It moved or copied {from === to ? `line ${from}` : `lines ${from} to ${to}`} from elsewhere in
      the file. Written in{' '}
      {wrote && (
        <>
          <PullLink repository={repository} number={wrote.number} /> by{' '}
        </>
      )}
      <code>{commit.oid.slice(0, 10)}</code> of {commit.author}: {commit.summary}
    </p>
  ))
}

function Words({ words }: Pick<WhyCommit, 'words'>) {
  return words.map(({ kind, onLines, author, createdAt, text, url }) => (
    <article
      key={`${kind} ${url} ${text.slice(0, 100)}`}
      className="mt-3 rounded-lg border border-line bg-surface px-4 py-3 text-[0.9375rem]"
    >
      <h3 className="text-soft">
        <OutwardLink href={url ?? ''}>{kind.replace('_', ' ')}</OutwardLink>
        {onLines && ' on these lines'}
        {author !== null && ` of ${author}`}
        {createdAt !== null && `, ${createdAt.slice(0, 10)}`}
      </h3>
      <p className="mt-1 whitespace-pre-wrap [overflow-wrap:anywhere]">{text}</p>
    </article>
  ))
}
