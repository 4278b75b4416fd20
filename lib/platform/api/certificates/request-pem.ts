const BLOCK = /^\s*-----BEGIN CERTIFICATE REQUEST-----\s*([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE REQUEST-----\s*$/;
/** Requests are a kilobyte or two. */
const MAX_LENGTH = 64 * 1024;
/** ASN.1 SEQUENCE, which every request begins with. */
const SEQUENCE = 0x30;

/** Whether a text is one PEM block of a PKCS #10 request. What it asks for is for signers to judge. */
export function isRequestPem(text: string): boolean {
  if (text.length > MAX_LENGTH) return false;
  const body = BLOCK.exec(text)?.[1];
  return body !== undefined && Buffer.from(body, 'base64')[0] === SEQUENCE;
}
