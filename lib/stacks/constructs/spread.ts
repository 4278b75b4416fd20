import { createHash } from 'node:crypto';

/** The same one of `places` for the same name, whoever else comes and goes: a host that changed its subnet would be replaced. */
export function spreadOver(places: readonly string[], name: string): string {
  return places[createHash('sha256').update(name).digest().readUInt32BE() % places.length]!;
}
