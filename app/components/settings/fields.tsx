import type { ReactNode } from 'react'

export const BOX =
  'min-h-11 w-full rounded-md border border-line bg-surface px-3.5 text-[1.0625rem]'

interface TextField {
  name: string
  label: string
  help: string
  value: string
  /** Hides what is typed. */
  isSecret?: boolean
}

export function TextField({ name, label, help, value, isSecret = false }: TextField) {
  return (
    <Labelled name={name} label={label} help={help}>
      <input
        id={name}
        name={name}
        type={isSecret ? 'password' : 'text'}
        defaultValue={value}
        autoComplete={isSecret ? 'new-password' : 'off'}
        spellCheck={false}
        aria-describedby={`${name}-help`}
        className={BOX}
      />
    </Labelled>
  )
}

/** A list of patterns, one a line. */
export function PatternsField({ name, label, help, value }: TextField) {
  return (
    <Labelled name={name} label={label} help={help}>
      <textarea
        id={name}
        name={name}
        rows={3}
        defaultValue={value}
        spellCheck={false}
        aria-describedby={`${name}-help`}
        className={`${BOX} py-2 font-mono text-[0.9375rem]`}
      />
    </Labelled>
  )
}

function Labelled({
  name,
  label,
  help,
  children,
}: Omit<TextField, 'value'> & { children: ReactNode }) {
  return (
    <div>
      <label htmlFor={name} className="mb-1 block font-medium">
        {label}
      </label>
      {children}
      <p id={`${name}-help`} className="mt-1 text-sm leading-relaxed text-soft">
        {help}
      </p>
    </div>
  )
}

interface Check {
  name: string
  value?: string
  label: string
  checked: boolean
}

export function Check({ name, value, label, checked }: Check) {
  return (
    <label className="flex min-h-11 items-center gap-2.5">
      <input
        type="checkbox"
        name={name}
        value={value ?? 'on'}
        defaultChecked={checked}
        className="size-5 accent-accent"
      />
      {label}
    </label>
  )
}
