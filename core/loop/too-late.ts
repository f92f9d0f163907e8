/** What a slice hears that uses its context after it has returned; `so`: what becomes of it. */
export const tooLate = (method: string, so: string) =>
  new Error(`context.${method} was called after its slice had returned: ${so}. Await your work before returning.`);
