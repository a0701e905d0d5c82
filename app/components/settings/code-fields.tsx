import type { FormValues } from '#app/api/shapes/settings-form.ts'
import type { FollowedCode } from '#app/code/views/followed.ts'
import { Section } from '../elements/section.tsx'
import { PatternsField } from './fields.tsx'

export interface CodeState extends FollowedCode {
  /** Why no code is ingested on this machine; null if it is. */
  off: string | null
}

/** The setting `code` of an installation, with what there is to say about its repositories. */
export function CodeFields({ values, code }: { values: FormValues; code: CodeState }) {
  const { off, mostBranches, notices, isCut } = code
  return (
    <Section id="ingested-code" title="Code">
      {off && <p className="mb-3 text-warn">No code is ingested here: {off}</p>}
      <div className="grid gap-5 sm:grid-cols-2">
        <PatternsField
          name="code"
          label="Ingest the code of"
          help="Patterns of repositories. The default branch of each is ingested after every push. Empty means none; * means all."
          value={values.code}
        />
        <PatternsField
          name="code_branches"
          label="And these branches"
          help={`Beside the default branch: names or patterns such as release/*, or api-*:release/* for some of the repositories; at most ${mostBranches} of each. The code of a branch that is deleted or matches no longer is removed.`}
          value={values.codeBranches}
        />
      </div>
      {notices.length > 0 && (
        <ul className="mt-3 space-y-1 leading-relaxed text-warn">
          {notices.map(({ repository, text }) => (
            <li key={repository} className="[overflow-wrap:anywhere]">
              {repository}: {text}
            </li>
          ))}
        </ul>
      )}
      {isCut && <p className="mt-1 text-soft">Only the first {notices.length} are listed.</p>}
    </Section>
  )
}
