import type { CodeToken, TokenKind } from '#app/code/colours/tokens.ts'
import type { Margin, MarginRun, MarginThread } from '#app/why/read-margin.ts'
import { LINK, OutwardLink } from '../elements/outward-link.tsx'

const LOOKS: Record<TokenKind, string> = {
  constant: 'text-warn',
  string: 'text-ok',
  comment: 'text-soft italic',
  keyword: 'text-fail',
  function: 'text-accent',
}

interface Source {
  lines: CodeToken[][]
  first: number
  /** Null where nothing is known beside the lines. */
  margin: Margin | null
  /** Returns the address that explains lines. */
  whyOf: (lines: string) => string
}

/** Lines of code with numbers and a margin that are links and no part of copied text. */
export function SourceLines({ lines, first, margin, whyOf }: Source) {
  const runs = new Map(margin?.runs.map((run) => [run.from, run]))
  return (
    <section
      aria-label="Source"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
      tabIndex={0}
      className="mt-4 overflow-x-auto rounded-lg border border-line bg-surface py-3 text-sm"
    >
      <pre className="w-fit min-w-full font-mono leading-6">
        {lines.map((line, index) => {
          const number = first + index
          return (
            <span key={number} id={`L${number}`} className="block px-3 target:bg-accent/15">
              {margin && (
                <span className="mr-1 inline-block w-16 select-none truncate text-right align-bottom text-xs leading-6 sm:w-24">
                  <Threads threads={margin.threads.filter(({ line }) => line === number)} />
                  <Run run={runs.get(number)} whyOf={whyOf} />
                </span>
              )}
              <a
                href={`#L${number}`}
                className="mr-4 inline-block w-12 select-none text-right text-soft"
              >
                {number}
              </a>
              <Tokens tokens={line} />
              {'\n'}
            </span>
          )
        })}
      </pre>
    </section>
  )
}

function Run({ run, whyOf }: { run: MarginRun | undefined; whyOf: Source['whyOf'] }) {
  if (!run) return null
  const { from, to, pull, oid } = run
  const lines = from === to ? String(from) : `${from}-${to}`
  const name = pull ? `#${pull.number}` : oid.slice(0, 7)
  const about = pull ? `#${pull.number}, ${pull.title}` : `commit ${name}`
  return (
    <a
      href={whyOf(lines)}
      title={about}
      aria-label={`Why ${from === to ? `line ${from}` : `lines ${from} to ${to}`}: ${about}`}
      className={pull ? LINK : 'text-soft hover:underline'}
    >
      {name}
    </a>
  )
}

function Threads({ threads }: { threads: MarginThread[] }) {
  const [first] = threads
  if (!first) return null
  const said = threads.map(
    ({ author, text, number }) => `${author ?? 'ghost'} in #${number}: ${text}`,
  )
  return (
    <OutwardLink href={first.url} className="mr-2 text-soft hover:text-accent">
      <svg aria-hidden="true" viewBox="0 0 16 16" className="inline size-3.5">
        <path d="M2 3h12v8H7l-3 3v-3H2z" fill="none" stroke="currentColor" strokeWidth="1.5" />
      </svg>
      <span className="sr-only">
        {threads.length === 1 ? 'Thread of ' : `${threads.length} threads, of `}
        {said.join('; ')}
      </span>
      {threads.length > 1 && <span aria-hidden>{threads.length}</span>}
    </OutwardLink>
  )
}

function Tokens({ tokens }: { tokens: CodeToken[] }) {
  return tokens.map(({ text, kind }, index) => {
    // The order never changes, so the index is a stable key.
    const key = `${index}:${kind}`
    return kind === null ? (
      text
    ) : (
      <span key={key} className={LOOKS[kind]}>
        {text}
      </span>
    )
  })
}
