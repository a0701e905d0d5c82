import type { StepName } from '#app/setup/read-setup.ts'

const NAMES: [StepName, string][] = [
  ['where', 'Where'],
  ['create', 'Create'],
  ['install', 'Install'],
  ['choose', 'Choose'],
]

/** The steps of the set-up, with the one that is open. */
export function StepList({ step }: { step: StepName }) {
  const open = NAMES.findIndex(([name]) => name === step)
  const at = step === 'done' ? NAMES.length : open
  return (
    <ol className="mb-8 flex flex-wrap gap-x-6 gap-y-1 border-b border-line pb-3">
      {NAMES.map(([name, label], index) => (
        <li
          key={name}
          aria-current={index === at ? 'step' : undefined}
          className={index === at ? 'font-semibold' : 'text-soft'}
        >
          {index + 1}. {label}
          {index < at && <span className="text-ok"> done</span>}
        </li>
      ))}
    </ol>
  )
}
