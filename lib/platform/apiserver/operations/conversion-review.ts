import { randomUUID } from 'node:crypto';
import { errorText } from '../../../common/errors.ts';
import type { ConversionWebhook } from '../../api/custom-kind.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { KubeObject } from '../../api/meta.ts';
import { newInternalError } from '../../api/status-error.ts';
import { callWebhook } from '../admission/webhooks/call-webhook.ts';
import { groupVersionText } from '../kinds/resource-table.ts';
import type { ServerContext } from '../server-context.ts';
import { isRecord } from '../store/json-value.ts';

/** Seconds that a webhook has for one question. */
const TIMEOUT = 30;
/** Of one question: objects, and bytes of them. */
const MAX_OBJECTS = 500;
const MAX_BYTES = 1 << 20;

/**
 * Asks the kind's webhook to turn objects into another version of it. Gives new objects, in the same order, with the metadata they had but
 * for labels and annotations. Rejects with a StatusError (InternalError) that says what is wrong with the answer.
 * (apiextensions-apiserver's conversion/webhook_converter)
 */
export async function convertObjects(
  server: Pick<ServerContext, 'cache'>,
  definition: ResourceDefinition,
  objects: readonly KubeObject[],
  version: string,
): Promise<KubeObject[]> {
  const webhook = definition.custom!.webhook!;
  const apiVersion = groupVersionText({ group: definition.group, version });
  const converted: KubeObject[] = [];
  for (const batch of batches(objects)) {
    try {
      converted.push(...(await ask(server, webhook, batch, apiVersion)));
    } catch (error) {
      const from = batch[0]!;
      throw newInternalError(`conversion webhook for ${from.apiVersion}, Kind=${from.kind} failed: ${errorText(error)}`);
    }
  }
  return converted;
}

function* batches(objects: readonly KubeObject[]): Generator<KubeObject[]> {
  let batch: KubeObject[] = [];
  let bytes = 0;
  for (const object of objects) {
    const size = Buffer.byteLength(JSON.stringify(object));
    if (batch.length > 0 && (batch.length >= MAX_OBJECTS || bytes + size > MAX_BYTES)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(object);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

async function ask(
  { cache }: Pick<ServerContext, 'cache'>,
  webhook: ConversionWebhook,
  objects: readonly KubeObject[],
  apiVersion: string,
): Promise<KubeObject[]> {
  const uid = randomUUID();
  const review = {
    kind: 'ConversionReview',
    apiVersion: `apiextensions.k8s.io/${webhook.reviewVersions.find((each) => each === 'v1' || each === 'v1beta1') ?? 'v1'}`,
    request: { uid, desiredAPIVersion: apiVersion, objects },
  };
  const { name, clientConfig } = webhook;
  const text = await callWebhook({ name, clientConfig, timeoutSeconds: TIMEOUT }, cache, JSON.stringify(review));
  const answers = answersOf(JSON.parse(text) as unknown, review.apiVersion, uid);
  if (answers.length !== objects.length) throw new TypeError(`returned ${answers.length} objects, expected ${objects.length}`);
  return objects.map((object, i) => restored(object, answers[i], apiVersion, i));
}

function answersOf(answer: unknown, apiVersion: string, uid: string): readonly unknown[] {
  const strict = apiVersion.endsWith('/v1');
  if (!isRecord(answer) || (strict && (answer['kind'] !== 'ConversionReview' || answer['apiVersion'] !== apiVersion)))
    throw new TypeError(`expected webhook response of ${apiVersion}, Kind=ConversionReview`);
  const { response } = answer;
  if (!isRecord(response)) throw new TypeError('no response provided');
  if (strict && response['uid'] !== uid)
    throw new TypeError(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'] ?? '')}`);
  const result = isRecord(response['result']) ? response['result'] : {};
  if (result['status'] !== 'Success')
    throw new TypeError(
      String(result['message'] || `response.result.status was '${String(result['status'] ?? '')}', not 'Success'`),
    );
  return Array.isArray(response['convertedObjects']) ? (response['convertedObjects'] as unknown[]) : [];
}

/** The converted object with the metadata of the original: only labels and annotations may have changed. */
function restored(original: KubeObject, converted: unknown, apiVersion: string, i: number): KubeObject {
  const wrong = (why: string): Error => new TypeError(`returned invalid converted object at index ${i}: ${why}`);
  if (!isRecord(converted)) throw wrong('it is no object');
  if (converted['apiVersion'] !== apiVersion)
    throw wrong(`invalid groupVersion (expected ${apiVersion}, received ${String(converted['apiVersion'])})`);
  if (converted['kind'] !== original.kind)
    throw wrong(`invalid kind (expected ${original.kind}, received ${String(converted['kind'])})`);
  const metadata = isRecord(converted['metadata']) ? converted['metadata'] : {};
  for (const field of ['name', 'namespace', 'uid'] as const)
    if ((metadata[field] ?? '') !== (original.metadata[field] ?? ''))
      throw wrong(`must have the same ${field}: ${original.metadata[field] ?? ''} != ${String(metadata[field] ?? '')}`);
  const { labels: _labels, annotations: _annotations, ...kept } = original.metadata;
  return {
    ...(converted as KubeObject),
    metadata: { ...kept, ...texts(metadata, 'labels', wrong), ...texts(metadata, 'annotations', wrong) },
  };
}

function texts(metadata: Record<string, unknown>, field: string, wrong: (why: string) => Error): object {
  const value = metadata[field];
  if (value === undefined || value === null) return {};
  if (!isRecord(value) || Object.values(value).some((each) => typeof each !== 'string'))
    throw wrong(`metadata.${field} is no map of texts`);
  return { [field]: value };
}
