/** An IP address as a number. */
export interface Address {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

/** Reads what node:net takes for an address; no zones. */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(':')) return { family: 4, bits: ipv4(text) };
  const [head, tail] = text.split('::') as [string, string?];
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 0) return undefined;
  const all = [...left, ...Array.from({ length: tail === undefined ? 0 : missing }, () => 0n), ...right];
  return { family: 6, bits: all.reduce((bits, group) => (bits << 16n) | group, 0n) };
}

const ipv4 = (text: string): bigint => text.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);

function groups(text: string): bigint[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)];
    const bits = ipv4(group);
    return [bits >> 16n, bits & 0xffffn];
  });
}

/** The bits that addresses of one network have in common. */
export function maskOf(family: 4 | 6, prefix: number): bigint {
  const width = family === 4 ? 32 : 128;
  return ((1n << BigInt(width)) - 1n) ^ ((1n << BigInt(width - prefix)) - 1n);
}

/** The one way to write it (RFC 5952). */
export function addressText({ family, bits }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join('.');
  const parts = [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) => ((bits >> shift) & 0xffffn).toString(16));
  let [start, length] = [-1, 1];
  for (let i = 0; i < parts.length; i++) {
    let end = i;
    while (parts[end] === '0') end++;
    if (end - i > length) [start, length] = [i, end - i];
  }
  if (start === -1) return parts.join(':');
  return `${parts.slice(0, start).join(':')}::${parts.slice(start + length).join(':')}`;
}
