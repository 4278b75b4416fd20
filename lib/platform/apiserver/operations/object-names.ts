import { randomInt } from 'node:crypto';

/** No vowels, no 0, 1 or 3: names made of them spell nothing (apimachinery util/rand). */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** As Kubernetes ends generated names: no vowels, nothing that looks like something else. */
export function randomSuffix(length = 5): string {
  let out = '';
  for (let i = 0; i < length; i++) out += LETTERS[randomInt(LETTERS.length)];
  return out;
}
