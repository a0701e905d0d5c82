import { createContext, type FormEvent, type ReactNode, useContext } from 'react'

/** Submits a form without leaving the page; null until scripts are loaded. */
export const SubmitForm = createContext<((form: HTMLFormElement) => void) | null>(null)

interface ActionFormProps {
  fields: Record<string, string>
  /** The address of the action; the home page's by default. */
  to?: string
  children: ReactNode
}

/** Submits a request to the action of a page, with or without scripts. */
export function ActionForm({ fields, to = '/?index', children }: ActionFormProps) {
  const submitForm = useContext(SubmitForm)
  function submit(event: FormEvent<HTMLFormElement>) {
    if (!submitForm) return
    event.preventDefault()
    submitForm(event.currentTarget)
  }
  return (
    <form method="post" action={to} onSubmit={submit}>
      {Object.entries(fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {children}
    </form>
  )
}
