import type { StatusCause } from '../status-error.ts';
import { invalid, notSupported } from '../validation/causes.ts';
import { certificatesOf, judgeKey, judgePair, PemError, privateKeyOf } from './pem.ts';
import type { Route, RouteTls } from './route-types.ts';

const FIELD = 'spec.tls';

/** What errors say instead of the data itself, which is nobody's to read in a log. */
const REDACTED = {
  certificate: 'redacted certificate data',
  key: 'redacted key data',
  caCertificate: 'redacted ca certificate data',
  destinationCACertificate: 'redacted destination ca certificate data',
} as const;
type PemField = keyof typeof REDACTED;

/** openshift-apiserver pkg/route/apis/route/validation validateTLS, and what ExtendedValidateRoute adds to it. */
export function validateTls({ spec: { tls } }: Route): StatusCause[] {
  if (tls === undefined) return [];
  return [...validateTermination(tls), ...validateInsecurePolicy(tls), ...validatePem(tls)];
}

const refuse = (field: PemField, detail: string): StatusCause => invalid(`${FIELD}.${field}`, REDACTED[field], detail);

function validateTermination(tls: RouteTls): StatusCause[] {
  const given = (Object.keys(REDACTED) as PemField[]).filter((field) => (tls[field] ?? '') !== '');
  switch (tls.termination) {
    case 'reencrypt':
      return [];
    case 'passthrough':
      return given.map((field) => refuse(field, 'passthrough termination does not support certificates'));
    case 'edge':
      return given
        .filter((field) => field === 'destinationCACertificate')
        .map((field) => refuse(field, 'edge termination does not support destination certificates'));
    default:
      return [notSupported(`${FIELD}.termination`, tls.termination, ['edge', 'passthrough', 'reencrypt'])];
  }
}

function validateInsecurePolicy({ termination, insecureEdgeTerminationPolicy: policy = '' }: RouteTls): StatusCause[] {
  const allowed = termination === 'passthrough' ? ['None', 'Redirect'] : ['None', 'Allow', 'Redirect'];
  if (policy === '' || allowed.includes(policy)) return [];
  const text = `invalid value for InsecureEdgeTerminationPolicy option, acceptable values are ${allowed.join(', ')}, or empty`;
  return [invalid(`${FIELD}.insecureEdgeTerminationPolicy`, policy, text)];
}

function validatePem(tls: RouteTls): StatusCause[] {
  if (tls.termination === 'passthrough') return [];
  const { certificate = '', key = '', caCertificate = '', destinationCACertificate = '' } = tls;
  const causes: StatusCause[] = [];
  const judge = <T>(field: PemField, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof PemError)) throw error;
      causes.push(refuse(field, error.message));
      return undefined;
    }
  };
  const chain = certificate === '' ? undefined : judge('certificate', () => certificatesOf(certificate));
  const privateKey = key === '' ? undefined : judge('key', () => privateKeyOf(key));
  const leaf = chain?.[0];
  if (leaf !== undefined) judge('certificate', () => judgeKey(leaf.publicKey));
  if (leaf !== undefined && privateKey !== undefined) judge('key', () => judgePair(leaf, privateKey));
  if (certificate !== '' && key === '') causes.push(refuse('key', 'no key specified'));
  if (certificate === '' && key !== '') causes.push(refuse('certificate', 'no certificate specified'));
  if (caCertificate !== '') judge('caCertificate', () => certificatesOf(caCertificate));
  if (destinationCACertificate !== '') judge('destinationCACertificate', () => certificatesOf(destinationCACertificate));
  return causes;
}
