/** Parts of forms that filter a list. The filter is in the address, so they need no scripts. */

const BOX = 'min-h-11 w-full rounded-md border border-line bg-surface px-2.5 text-ink'

interface FormProps {
  action: string
  /** Names the form where a page has several. */
  label?: string
  /** Classes of the distance to what follows. */
  className?: string
  children: React.ReactNode
}

export function FilterForm({ action, label, className = 'mb-6', children }: FormProps) {
  return (
    <form
      method="get"
      action={action}
      aria-label={label}
      className={`${className} flex flex-wrap items-end gap-3`}
    >
      {children}
      <button
        type="submit"
        className="min-h-11 flex-1 basis-24 cursor-pointer rounded-md border border-accent px-5 font-medium text-accent sm:flex-none"
      >
        Filter
      </button>
    </form>
  )
}

interface Field {
  name: string
  label: string
  /** What is chosen; none for everything. */
  value: string | null | undefined
  /** Classes of the width. */
  width: string
}

interface SelectProps extends Field {
  options: readonly (readonly [value: string, name: string])[]
  /** Called so when nothing is chosen; null if something always is. */
  all?: string | null
}

export function SelectField({ name, label, value, width, options, all = 'all' }: SelectProps) {
  return (
    <label className={`min-w-0 text-sm text-soft ${width}`}>
      {label}
      <select name={name} defaultValue={value ?? ''} className={BOX}>
        {all !== null && <option value="">{all}</option>}
        {options.map(([option, shown]) => (
          <option key={option} value={option}>
            {shown}
          </option>
        ))}
      </select>
    </label>
  )
}

interface TextProps extends Field {
  placeholder?: string
  type?: 'text' | 'search' | 'date'
}

export function TextField({ name, label, value, width, placeholder, type }: TextProps) {
  return (
    <label className={`min-w-0 text-sm text-soft ${width}`}>
      {label}
      <input
        type={type}
        name={name}
        defaultValue={value ?? ''}
        placeholder={placeholder}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        className={`${BOX} placeholder:text-soft`}
      />
    </label>
  )
}
