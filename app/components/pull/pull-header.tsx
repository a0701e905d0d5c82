import type { ReactNode } from 'react'
import type { PullFactsJson } from '#app/archive/pull-shapes.ts'
import { pullStateOf } from '#app/archive/pull-state.ts'
import { BotBadge } from '../elements/bot-badge.tsx'
import { Day } from '../elements/moment.tsx'
import { OutwardLink } from '../elements/outward-link.tsx'
import { PullMark } from '../elements/pull-mark.tsx'

/** The description's text is in the conversation. */
type PullFacts = Omit<PullFactsJson, 'body'>

/** Converts an enum value of GitHub to words: `REVIEW_REQUIRED` becomes `review required`. */
export function plainWords(word: string): string {
  return word.toLowerCase().replaceAll('_', ' ')
}

export function PullHeader({ pull, now }: { pull: PullFacts; now: string }) {
  const { repository, number } = pull
  return (
    <header>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-[0.9375rem] text-soft">
        <PullMark state={pullStateOf(pull)} />
        <span className="wrap-anywhere">
          {repository.nameWithOwner}#{number}
        </span>
        <OutwardLink href={pull.url}>on GitHub</OutwardLink>
      </p>
      <h1
        dir="auto"
        className="mt-2 text-2xl leading-tight font-semibold tracking-tight wrap-anywhere"
      >
        {pull.title}
      </h1>
      <p className="mt-2 leading-relaxed text-soft">
        <Summary pull={pull} now={now} />
      </p>
      <Facts pull={pull} />
    </header>
  )
}

function Summary({ pull, now }: { pull: PullFacts; now: string }) {
  return (
    <>
      Opened by {pull.author?.login ?? 'a deleted user'}
      {pull.author?.isBot && (
        <>
          {' '}
          <BotBadge />
        </>
      )}
      , <Day at={pull.createdAt} now={now} />
      {pull.mergedAt && (
        <>
          ; merged {pull.mergedBy && `by ${pull.mergedBy.login}, `}
          <Day at={pull.mergedAt} now={now} />
        </>
      )}
      {!pull.mergedAt && pull.closedAt && (
        <>
          ; closed <Day at={pull.closedAt} now={now} />
        </>
      )}
      ; updated <Day at={pull.updatedAt} now={now} />.
    </>
  )
}

function Facts({ pull }: { pull: PullFacts }) {
  const head = pull.headRepository?.nameWithOwner
  const isFork = head !== undefined && head !== pull.repository.nameWithOwner
  return (
    <dl className="mt-5 grid grid-cols-1 gap-x-6 gap-y-3 rounded-lg border border-line bg-surface px-4 py-4 text-[0.9375rem] min-[28rem]:grid-cols-2 sm:grid-cols-3 sm:px-5">
      <Fact name="Branches">
        <code>{isFork ? `${head}:${pull.headRefName}` : pull.headRefName}</code> into{' '}
        <code>{pull.baseRefName}</code>
      </Fact>
      <Fact name="Review">
        {pull.reviewDecision ? plainWords(pull.reviewDecision) : 'no decision'}
      </Fact>
      <Fact name="Labels">{namesOf(pull.labels.map(({ name }) => name))}</Fact>
      <Fact name="Assignees">{namesOf(pull.assignees.map(({ login }) => login))}</Fact>
      <Fact name="Milestone">{pull.milestone?.title ?? 'none'}</Fact>
      {pull.closingIssuesReferences.length > 0 && (
        <Fact name="Closes">
          {pull.closingIssuesReferences.map(({ number, title, repository: { nameWithOwner } }) => (
            <span key={`${nameWithOwner}#${number}`} className="block">
              <OutwardLink href={onGitHub(pull, `${nameWithOwner}/issues/${number}`)}>
                {nameWithOwner === pull.repository.nameWithOwner ? '' : nameWithOwner}#{number}
              </OutwardLink>{' '}
              {title}
            </span>
          ))}
        </Fact>
      )}
    </dl>
  )
}

function onGitHub({ url }: PullFacts, path: string): string {
  return URL.canParse(url) ? `${new URL(url).origin}/${path}` : ''
}

function namesOf(names: string[]): string {
  return names.length === 0 ? 'none' : names.join(', ')
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0 wrap-anywhere">
      <dt className="text-sm text-soft">{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
