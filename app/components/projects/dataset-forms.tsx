import type { DatasetSettings } from '#app/code/ingest/read-datasets.ts'
import { Moment } from '../elements/moment.tsx'
import { Section } from '../elements/section.tsx'
import { BOX, Check } from '../settings/fields.tsx'

const PLACES = {
  first: 'Before the other work',
  between: 'Among the other work',
  last: 'After the other work',
} as const

export interface ShownDataset extends DatasetSettings {
  /** Its schedule, as it is typed. */
  typed: string
}

/** Says when each dataset is indexed again, with a form that changes it. */
export function DatasetForms({ datasets, now }: { datasets: ShownDataset[]; now: string }) {
  return (
    <Section id="reindexing" title="Indexing again">
      <div className="space-y-3">
        {datasets.map((one) => (
          <DatasetForm key={`${one.project}/${one.dataset}`} settings={one} now={now} />
        ))}
      </div>
    </Section>
  )
}

function DatasetForm({ settings, now }: { settings: ShownDataset; now: string }) {
  const { project, dataset, typed, onPush, priority } = settings
  const id = `dataset-${project}-${dataset}`
  return (
    <details className="rounded-md border border-line bg-surface px-4 py-2.5">
      <summary className="cursor-pointer py-1 [overflow-wrap:anywhere]">
        {project}/{dataset} <span className="text-soft">{wordsOf(settings)}</span>
      </summary>
      <Outcome settings={settings} now={now} />
      <form method="post" className="mt-3 grid gap-x-5 gap-y-3 pb-2 sm:grid-cols-2">
        <input type="hidden" name="project" value={project} />
        <input type="hidden" name="dataset" value={dataset} />
        <div>
          <label htmlFor={`${id}-schedule`} className="mb-1 block text-sm">
            Schedule
          </label>
          <input
            id={`${id}-schedule`}
            name="schedule"
            defaultValue={typed}
            spellCheck={false}
            autoComplete="off"
            aria-describedby={`${id}-help`}
            className={BOX}
          />
          <p id={`${id}-help`} className="mt-1 text-sm text-soft">
            An interval such as 6h, five cron fields with a time zone, or off.
          </p>
        </div>
        <div>
          <label htmlFor={`${id}-priority`} className="mb-1 block text-sm">
            Priority
          </label>
          <select id={`${id}-priority`} name="priority" defaultValue={priority} className={BOX}>
            {Object.entries(PLACES).map(([place, words]) => (
              <option key={place} value={place}>
                {words}
              </option>
            ))}
          </select>
        </div>
        <Check name="on_push" label="After every push too" checked={onPush} />
        <div className="sm:text-right">
          <button
            type="submit"
            name="intent"
            value="set-dataset"
            aria-label={`Save ${project}/${dataset}`}
            className="min-h-11 cursor-pointer rounded-md border border-accent px-5 font-medium text-accent"
          >
            Save
          </button>
        </div>
      </form>
    </details>
  )
}

function Outcome({ settings, now }: { settings: DatasetSettings; now: string }) {
  const { lookedAt, outcome, schedule } = settings
  if (!lookedAt && !schedule.nextAt) return null
  return (
    <p className="mt-1 text-sm leading-relaxed text-soft">
      {lookedAt && (
        <>
          Looked <Moment at={lookedAt} now={now} />: {outcome}{' '}
        </>
      )}
      {schedule.nextAt && (
        <>
          Next <Moment at={schedule.nextAt} now={now} />.
        </>
      )}
    </p>
  )
}

function wordsOf({ schedule, onPush, priority }: DatasetSettings): string {
  const isOff = 'off' in schedule.rule
  const when = [...(isOff ? [] : [schedule.words]), ...(onPush ? ['after every push'] : [])]
  const place = priority === 'between' ? [] : [PLACES[priority].toLowerCase()]
  return [when.join(' and ') || 'by hand', ...place].join(', ')
}
