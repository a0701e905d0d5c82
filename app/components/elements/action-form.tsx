import { createContext, type FormEvent, type ReactNode, useContext } from 'react'

/** Sends a form without leaving the page; null until there is a script that can. */
export const SubmitForm = createContext<((form: HTMLFormElement) => void) | null>(null)

interface ActionFormProps {
  fields: Record<string, string>
  children: ReactNode
}

/** Asks the home page's action for something; with or without script. */
export function ActionForm({ fields, children }: ActionFormProps) {
  const submitForm = useContext(SubmitForm)
  function submit(event: FormEvent<HTMLFormElement>) {
    if (!submitForm) return
    event.preventDefault()
    submitForm(event.currentTarget)
  }
  return (
    <form method="post" action="/?index" onSubmit={submit}>
      {Object.entries(fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {children}
    </form>
  )
}
