/** Asks for other lines of the file; a fragment of the address, `#L10`, does the same where scripts run. */
export function WhyForm({ line, hasHistory }: { line: string; hasHistory: boolean }) {
  return (
    <form data-why-lines className="mt-10 flex flex-wrap items-end gap-x-4 gap-y-3">
      <label className="text-[0.9375rem] font-medium">
        Lines
        <input
          name="line"
          defaultValue={line}
          pattern="[1-9][0-9]*(-[1-9][0-9]*)?"
          placeholder="10 or 10-20"
          className="mt-1 block w-40 rounded-lg border border-line bg-surface px-3 py-2 font-normal"
        />
      </label>
      <label className="flex items-center gap-2 py-2 text-[0.9375rem]">
        <input type="checkbox" name="history" value="true" defaultChecked={hasHistory} />
        and how they came to be
      </label>
      <button
        type="submit"
        className="rounded-lg border border-line bg-surface px-4 py-2 font-medium"
      >
        Ask why
      </button>
    </form>
  )
}
