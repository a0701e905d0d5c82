import { pullStateOf } from '#app/archive/pull-state.ts'
import type { FoundPassage, Hit } from '#app/search/present/answer.ts'
import type { PassageKind } from '#app/search/query/query.ts'
import { BotBadge } from '../elements/bot-badge.tsx'
import { MarkedText } from '../elements/marked-text.tsx'
import { Day } from '../elements/moment.tsx'
import { LINK, OutwardLink } from '../elements/outward-link.tsx'
import { PullMark, RepositoryMark } from '../elements/pull-mark.tsx'
import { entryAddress, pullAddress } from './search-address.ts'

const KIND_NAMES: Record<PassageKind, string> = {
  repository: 'repository description',
  description: 'description',
  comment: 'comment',
  review: 'review',
  review_comment: 'review comment',
  commit: 'commit message',
  issue: 'closing issue',
}

/** A pull request or repository that was found, with its matching passages. */
export function HitCard({ hit, now }: { hit: Hit; now: string }) {
  return (
    <article className="rounded-lg border border-line bg-surface px-4 py-4 sm:px-5">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-soft">
        {hit.kind === 'repository' ? <RepositoryMark /> : <PullMark state={pullStateOf(hit)} />}
        <span className="wrap-anywhere">
          {hit.repository}
          {hit.number !== null && `#${hit.number}`}
        </span>
      </p>
      <h3 className="mt-1 text-lg leading-snug font-semibold wrap-anywhere">
        <Title hit={hit} />
      </h3>
      <p className="mt-1 text-sm leading-relaxed text-soft">
        {hit.kind === 'pull_request' && <>{hit.author ?? 'a deleted user'}, opened </>}
        {hit.kind === 'repository' && 'created '}
        <Day at={hit.createdAt} now={now} />, updated <Day at={hit.updatedAt} now={now} />
        {hit.kind === 'pull_request' &&
          hit.labels.map((label) => <Label key={label} name={label} />)}
      </p>
      {hit.passages.length > 0 && (
        <ul className="mt-3 space-y-3">
          {hit.passages.map((passage) => (
            <PassageItem
              key={`${passage.url} ${passage.createdAt} ${passage.text.slice(0, 40)}`}
              {...{ passage, hit, now }}
            />
          ))}
        </ul>
      )}
    </article>
  )
}

function Title({ hit }: { hit: Hit }) {
  const look = 'hover:underline underline-offset-4'
  if (hit.kind === 'repository')
    return (
      <OutwardLink href={hit.url} className={look}>
        {hit.title}
      </OutwardLink>
    )
  return (
    <a data-walk="" href={pullAddress(hit.repository, hit.number)} className={look}>
      {hit.title}
    </a>
  )
}

function Label({ name }: { name: string }) {
  return (
    <span className="ml-2 inline-block max-w-full rounded-full border border-line px-2 text-sm wrap-anywhere text-soft">
      {name}
    </span>
  )
}

function PassageItem({ passage, hit, now }: { passage: FoundPassage; hit: Hit; now: string }) {
  const { kind, author, isBot, createdAt, text, highlights, path, line, url } = passage
  const here = hit.kind === 'pull_request' ? pullAddress(hit.repository, hit.number) : null
  return (
    <li className="border-l-2 border-line pl-3">
      <p className="text-sm leading-relaxed text-soft">
        {author && <span className="font-medium">{author}</span>}
        {isBot && (
          <>
            {' '}
            <BotBadge />
          </>
        )}
        {author && ', '}
        {here ? (
          <a href={entryAddress(here, url)} className={LINK}>
            {KIND_NAMES[kind]}
          </a>
        ) : (
          KIND_NAMES[kind]
        )}
        {path && (
          <>
            {' '}
            at <code>{line === null ? path : `${path}:${line}`}</code>
          </>
        )}
        , <Day at={createdAt} now={now} /> ·{' '}
        <OutwardLink href={url}>
          on GitHub
          <span className="sr-only">
            : {KIND_NAMES[kind]} of {hit.title}
          </span>
        </OutwardLink>
      </p>
      <p dir="auto" className="mt-0.5 leading-relaxed whitespace-pre-line wrap-anywhere">
        <MarkedText text={text} highlights={highlights} />
      </p>
    </li>
  )
}
