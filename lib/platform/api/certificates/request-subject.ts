/** One DER element: its tag, its content, and what follows it. */
interface Element {
  readonly tag: number;
  readonly content: Buffer;
  readonly rest: Buffer;
}

const [SEQUENCE, SET, OID, INTEGER, BMP_STRING] = [0x30, 0x31, 0x06, 0x02, 0x1e] as const;
/** 2.5.4.10, organizationName. */
const ORGANIZATION = Buffer.from([0x55, 0x04, 0x0a]);

/**
 * The organizations that a PKCS #10 request (PEM) asks for: the groups of whoever will hold the certificate. Throws a TypeError for
 * bytes that are no such request.
 */
export function requestedOrganizations(pem: string): string[] {
  const [, body = ''] = /-----BEGIN CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE REQUEST-----/.exec(pem) ?? [];
  const info = read(read(Buffer.from(body, 'base64'), SEQUENCE).content, SEQUENCE);
  const name = read(read(info.content, INTEGER).rest, SEQUENCE);
  return each(name.content, SET)
    .flatMap((set) => each(set, SEQUENCE))
    .flatMap((attribute) => {
      const type = read(attribute, OID);
      return type.content.equals(ORGANIZATION) ? [textOf(read(type.rest))] : [];
    });
}

function read(bytes: Buffer, tag?: number): Element {
  const first = bytes[1];
  if (first === undefined || (tag !== undefined && bytes[0] !== tag))
    throw new TypeError('not the ASN.1 of a certificate request');
  let [length, start] = [first, 2];
  if (first >= 0x80) {
    const size = first & 0x7f;
    if (size === 0 || size > 4 || bytes.length < 2 + size) throw new TypeError('ASN.1 of a length that is none');
    length = bytes.readUIntBE(2, size);
    start += size;
  }
  if (bytes.length < start + length) throw new TypeError('ASN.1 that ends too early');
  return { tag: bytes[0]!, content: bytes.subarray(start, start + length), rest: bytes.subarray(start + length) };
}

function each(bytes: Buffer, tag: number): Buffer[] {
  const contents: Buffer[] = [];
  for (let rest = bytes; rest.length > 0;) {
    const element = read(rest, tag);
    contents.push(element.content);
    rest = element.rest;
  }
  return contents;
}

function textOf({ tag, content }: Element): string {
  return tag === BMP_STRING ? Buffer.from(content).swap16().toString('utf16le') : content.toString('utf8');
}
