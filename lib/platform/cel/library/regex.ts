import { RE2JS } from 're2js';

const compiled = new Map<string, RE2JS | string>();
const MAX_COMPILED = 256;

/** The expression, compiled; or why it is none, in Go's words. Linear in the text, whatever it is (RE2). */
export function regex(pattern: string): RE2JS | string {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const made = compile(pattern);
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  compiled.set(pattern, made);
  return made;
}

function compile(pattern: string): RE2JS | string {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
