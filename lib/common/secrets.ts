const registered = new Set<string>();

/** Makes `redact` replace this value everywhere from now on. Values under 4 characters would garble the output and are ignored. */
export function registerSecret(value: string): void {
  if (value.length >= 4) registered.add(value);
}

/** The text with every registered secret replaced. Called by everything that writes to a terminal, a log or a journal. */
export function redact(text: string): string {
  let out = text;
  for (const secret of registered) if (out.includes(secret)) out = out.replaceAll(secret, '[redacted]');
  return out;
}
