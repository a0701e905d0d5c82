import type { CodeEstimate, Estimate, Range } from '#app/api/shapes/setup-form.ts'
import type { Trial } from '#app/embeddings/try-provider.ts'
import type { SetupPreview } from '#app/forms/setup.server.ts'
import { Section } from '../elements/section.tsx'
import { countText, pluralText } from '../elements/time-text.ts'
import { TextField } from '../settings/fields.tsx'
import { IntentButton } from './buttons.tsx'

interface Given {
  /** The outside embedding provider's host; null if none is configured. */
  outside: string | null
  preview: Omit<SetupPreview, 'choices'> | null
}

/** Says what the first sync reads and costs, and whether the embedding provider works; on request. */
export function EstimateSection({ outside, preview }: Given) {
  return (
    <Section id="estimate" title="Before it starts">
      {outside && (
        <div className="mb-4 max-w-sm">
          <TextField
            name="price"
            label={`Price of ${outside} for a million tokens`}
            help="As its price list says. Used for this estimate alone."
            value={preview?.price?.toString() ?? ''}
          />
        </div>
      )}
      <IntentButton intent="estimate">Estimate, and try the provider</IntentButton>
      <div role="status" className="mt-4 space-y-3 leading-relaxed empty:hidden">
        {preview?.estimates.map((one) => (
          <EstimateText key={one.account} estimate={one} price={outside ? preview.price : null} />
        ))}
        {preview && <TrialText trial={preview.trial} />}
      </div>
    </Section>
  )
}

function EstimateText({ estimate, price }: { estimate: Estimate; price: number | null }) {
  const { account, repositories, pullRequests, points, minutes, tokens } = estimate
  const cost = price === null ? '' : `, which cost about ${((tokens / 1e6) * price).toFixed(2)}`
  return (
    <>
      <p>
        <strong className="font-medium">{account}</strong>:{' '}
        {pluralText(repositories, 'repository', 'repositories')} with{' '}
        {pluralText(pullRequests, 'pull request')}. To read all of them takes about{' '}
        {pluralText(points, 'point')} of GitHub’s budget (5,000 or more an hour) and{' '}
        {spanText(minutes)}; about {countText(tokens)} tokens are embedded{cost}. With a shorter
        history it is less.
      </p>
      {estimate.code && <CodeText code={estimate.code} price={price} />}
    </>
  )
}

function CodeText({ code, price }: { code: CodeEstimate; price: number | null }) {
  const { repositories, isWanted, unknown, clones, database, tokens, largest } = code
  const [low, high] = tokens.map((count) => ((count / 1e6) * (price ?? 0)).toFixed(2))
  const cost = price === null ? '' : `, which cost about ${low} to ${high}`
  const all = pluralText(repositories, 'repository', 'repositories')
  return (
    <div>
      <p>
        {isWanted
          ? `The code of ${all} takes`
          : `No code is ingested. That of ${repositories === 1 ? 'the' : 'all'} ${all} would take`}{' '}
        an estimated {rangeText(clones, 1e6)} MB on disk for the clones and{' '}
        {rangeText(database, 1e6)} MB in the database, and has {tokensText(tokens)} to embed{cost}.
        This estimate is from the sizes that GitHub tells of the default branches
        {unknown > 0 && `, without ${unknown} whose size it does not tell`}.
      </p>
      {largest.length > 1 && (
        <details className="mt-1">
          <summary className="cursor-pointer py-2">
            {largest.length < repositories - unknown
              ? `The ${largest.length} repositories with the most tokens`
              : 'The tokens of each repository'}
          </summary>
          <ul className="space-y-1">
            {largest.map((one) => (
              <li key={one.name} className="[overflow-wrap:anywhere]">
                {one.name}: {tokensText(one.tokens)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}

function tokensText(tokens: Range): string {
  return tokens[1] < 1e6
    ? `${rangeText(tokens, 1)} tokens`
    : `${rangeText(tokens, 1e6)} million tokens`
}

/** Formats `3 to 8`: numbers of units, with two digits that count. */
function rangeText([low, high]: Range, unit: number): string {
  const [from, to] = [low, high].map((number) =>
    (number / unit).toLocaleString('en-GB', { maximumSignificantDigits: 2 }),
  )
  return from === to ? `${to}` : `${from} to ${to}`
}

function spanText(minutes: number): string {
  return minutes < 120
    ? pluralText(minutes, 'minute')
    : pluralText(Math.round(minutes / 60), 'hour')
}

function TrialText({ trial }: { trial: Trial | null }) {
  if (!trial) return <p>No embedding provider is configured: search goes by words alone.</p>
  const { name, problem, dimensions, ms, longest, reason } = trial
  if (problem !== null)
    return (
      <p className="text-fail">
        {name}: {problem}. Correct its settings, or start it.
      </p>
    )
  return (
    <p className={longest === null ? 'text-fail' : undefined}>
      {name}: {dimensions} dimensions, a short text in {ms} ms,{' '}
      {longest === null
        ? `but it takes no long text${reason === null ? '' : `: ${reason}`}`
        : `texts up to ${countText(longest)} tokens`}
      .
    </p>
  )
}
