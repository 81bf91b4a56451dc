/** An error with a code, as the engine throws them. */
export function refusal(code: string): Error {
  return Object.assign(new Error(code), { code });
}
