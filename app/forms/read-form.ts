/** @throws Response 400 if the form cannot be read: it is not one, or its sender has gone. */
export async function readForm(request: Request): Promise<FormData> {
  try {
    return await request.formData()
  } catch {
    throw new Response(null, { status: 400 })
  }
}
