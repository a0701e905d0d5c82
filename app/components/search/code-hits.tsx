import type { LinkedCodeHit } from '#app/code/search/open-code-search.ts'
import { LINK, OutwardLink } from '../elements/outward-link.tsx'
import { codeAddress } from './search-address.ts'

const SHOWN_LINES = 12

/** Chunks of code that were found, each with its first lines. */
export function CodeHits({ hits }: { hits: LinkedCodeHit[] }) {
  return (
    <ol className="mt-3 space-y-4">
      {hits.map((hit) => (
        <li key={`${hit.url} ${hit.branch}`}>
          <CodeHitCard hit={hit} />
        </li>
      ))}
    </ol>
  )
}

function CodeHitCard({ hit }: { hit: LinkedCodeHit }) {
  const { repository, branch, path, startLine, endLine, symbol, language, text, url } = hit
  const lines = text.split('\n')
  return (
    <article className="rounded-lg border border-line bg-surface px-4 py-4 sm:px-5">
      <p className="text-sm text-soft wrap-anywhere">
        {repository}, {branch}
        {language !== null && `, ${language}`}
      </p>
      <h3 className="mt-1 font-semibold wrap-anywhere">
        <a href={codeAddress(hit)} className="underline-offset-4 hover:underline">
          {path}
        </a>
      </h3>
      <p className="mt-1 text-sm text-soft wrap-anywhere">
        {symbol !== null && `${symbol}, `}
        <OutwardLink href={url} className={LINK}>
          lines {startLine}–{endLine} on GitHub
        </OutwardLink>
      </p>
      <section
        aria-label={`Lines of ${path}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
        tabIndex={0}
        className="mt-3 overflow-x-auto text-sm"
      >
        <pre className="w-fit font-mono leading-6">{lines.slice(0, SHOWN_LINES).join('\n')}</pre>
      </section>
    </article>
  )
}
