import { ALGORITHM, ISSUER } from '../auth/service-account-keys.ts';
import type { Answer } from './response.ts';

/** What others verify service-account tokens by (OpenID Connect Discovery 1.0), by path. */
export function issuerDocuments(jwks: object, apiUrl: string): ReadonlyMap<string, Answer> {
  const keys = '/openid/v1/jwks';
  const configuration = {
    issuer: ISSUER,
    jwks_uri: `${apiUrl}${keys}`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [ALGORITHM],
  };
  const answer = (contentType: string, document: object): Answer => ({
    code: 200,
    contentType,
    body: Buffer.from(JSON.stringify(document)),
    // A client learns of a new key within the hour.
    headers: { 'cache-control': 'public, max-age=3600' },
  });
  return new Map([
    ['/.well-known/openid-configuration', answer('application/json', configuration)],
    [keys, answer('application/jwk-set+json', jwks)],
  ]);
}
