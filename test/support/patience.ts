/** How many times slower than one of two idle cores a machine may be before a test gives up waiting on it. */
const PATIENCE = 4;

/** `ms` that are enough on an idle machine, as what a test waits at most. It costs nothing where the condition comes early. */
export function patient(ms: number): number {
  return ms * PATIENCE;
}
