import type { PullFactsJson } from '#app/archive/pull-shapes.ts'
import { LINK, OutwardLink } from '../elements/outward-link.tsx'
import { countText, pluralText } from '../elements/time-text.ts'
import type { LinkedFile } from './linked-files.server.ts'

interface ChangedFiles {
  pull: Pick<PullFactsJson, 'url' | 'additions' | 'deletions' | 'changedFiles' | 'completeness'>
  /** The first of them. */
  files: LinkedFile[]
}

/** Lists the files that a pull request changes. */
export function ChangedFiles({ pull, files }: ChangedFiles) {
  const { url, additions, deletions, changedFiles } = pull
  const summary = `${pluralText(changedFiles, 'file')} changed, +${countText(additions)} −${countText(deletions)}`
  if (files.length === 0) return <p className="mt-5 text-[0.9375rem]">{summary}</p>
  const more = Math.max(changedFiles, pull.completeness.files.stored ?? 0) - files.length
  return (
    <details className="mt-5 text-[0.9375rem]">
      <summary className="w-fit cursor-pointer font-medium">{summary}</summary>
      <ul className="mt-2 space-y-1">
        {files.map((file, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a path can stand in the list twice
          <li key={index} className="flex flex-wrap gap-x-3 wrap-anywhere">
            <FileLink file={file} />
            <span className="text-soft">
              {file.changeType !== 'MODIFIED' && `${file.changeType.toLowerCase()} `}
              {file.previousPath !== null && `from ${file.previousPath} `}+
              {countText(file.additions)} −{countText(file.deletions)}
            </span>
          </li>
        ))}
      </ul>
      {more > 0 && (
        <p className="mt-2 text-soft">
          and <OutwardLink href={`${url}/files`}>{pluralText(more, 'other file')}</OutwardLink>
        </p>
      )}
    </details>
  )
}

function FileLink({ file: { path, href } }: { file: LinkedFile }) {
  if (!href.startsWith('/')) return <OutwardLink href={href}>{path}</OutwardLink>
  return (
    <a href={href} className={LINK}>
      {path}
    </a>
  )
}
