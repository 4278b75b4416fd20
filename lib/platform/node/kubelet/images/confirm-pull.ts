import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { INDEX_TYPES, MANIFEST_TYPES } from '../../../api/image/image-metadata.ts';
import { splitReference } from '../../../runtime/image-reference.ts';
import { RuntimeError } from '../../../runtime/runtime-error.ts';
import { RegistryAccess } from '../../builds/registry-access.ts';
import type { RegistryLogin } from './pull-secrets.ts';

const ACCEPT = [...MANIFEST_TYPES, ...INDEX_TYPES].join(', ');

/**
 * Asks the platform's registry whether this login may pull. Docker asks nobody about a digest whose manifest it has already, so
 * that whoever knows the digest would get what another project's pod has brought. Rejects in Docker's words where the registry refuses; a
 * reference by its tag is left to Docker.
 */
export async function confirmPull(reference: string, login: RegistryLogin | undefined, signal: AbortSignal): Promise<void> {
  if (!reference.includes('@')) return;
  const { name, tag: digest } = splitReference(reference);
  const slash = name.indexOf('/');
  const [host, repository] = [name.slice(0, slash), name.slice(slash + 1)];
  const access = new RegistryAccess(host, repository, login);
  await access.connect();
  const path = `/v2/${repository}/manifests/${digest}`;
  const request = await access.open(path, { method: 'HEAD', headers: { accept: ACCEPT }, signal });
  request.end();
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  answer.resume();
  if (answer.statusCode === 200) return;
  if (answer.statusCode === 404) throw new RuntimeError('not-found', `manifest for ${reference} not found: manifest unknown`);
  throw new RuntimeError('failed', `pull access denied for ${name}, repository does not exist or may require 'docker login'`);
}
