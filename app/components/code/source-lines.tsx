import type { CodeToken, TokenKind } from '#app/code/colours/tokens.ts'

const LOOKS: Record<TokenKind, string> = {
  constant: 'text-warn',
  string: 'text-ok',
  comment: 'text-soft italic',
  keyword: 'text-fail',
  function: 'text-accent',
}

/** Lines of code with numbers that are links and no part of copied text. */
export function SourceLines({ lines, first }: { lines: CodeToken[][]; first: number }) {
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
