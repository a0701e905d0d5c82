/** A button that calls a tool with the token, as an agent would. It needs script, and is hidden without. */
export function TestCall({ token }: { token: string }) {
  return (
    <div className="mt-4 flex flex-wrap items-center gap-x-5 gap-y-2">
      <button
        type="button"
        hidden
        data-test-call={token}
        className="min-h-11 cursor-pointer rounded-md border border-accent px-5 font-medium text-accent hover:bg-sunken"
      >
        Make a test call
      </button>
      <p role="status" className="[overflow-wrap:anywhere]" />
    </div>
  )
}
