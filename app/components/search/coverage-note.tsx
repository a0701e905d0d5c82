import type { Coverage } from '#app/archive/coverage.ts'
import { coverageTexts } from './coverage-text.ts'

export function CoverageNote({ coverage, now }: { coverage: Coverage; now: string }) {
  const [covered, ...exceptions] = coverageTexts(coverage, now)
  return (
    <section aria-label="What is searched" className="mt-6 max-w-xl leading-relaxed text-soft">
      <p>{covered}</p>
      <ul className="list-disc pl-5">
        {exceptions.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </section>
  )
}
