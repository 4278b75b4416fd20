import assert from 'node:assert/strict';
import { type ApiUnderTest, type Reply, startApi } from './api-under-test.ts';

export const ADMISSION = '/apis/admissionregistration.k8s.io/v1';

export const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

export const about = (resource: string, more: object = {}, group = '', version = 'v1'): object => ({
  resourceRules: [{ operations: ['*'], apiGroups: [group], apiVersions: [version], resources: [resource], ...more }],
});

export interface Policy {
  readonly spec: object;
  readonly binding?: object;
  readonly name?: string;
}

/** Writes a policy about config maps, and a binding that denies, unless told otherwise. */
export async function bind(api: ApiUnderTest, { spec, binding = {}, name = 'p' }: Policy): Promise<void> {
  const policy = { metadata: { name }, spec: { matchConstraints: about('configmaps'), ...spec } };
  const made = await api.call('POST', `${ADMISSION}/validatingadmissionpolicies`, { body: policy });
  assert.equal(made.code, 201, made.text);
  const bound = await api.call('POST', `${ADMISSION}/validatingadmissionpolicybindings`, {
    body: { metadata: { name: `${name}-binding` }, spec: { policyName: name, validationActions: ['Deny'], ...binding } },
  });
  assert.equal(bound.code, 201, bound.text);
}

export const put = (api: ApiUnderTest, name: string, data: Record<string, string> = {}, more: object = {}): Promise<Reply> =>
  api.call('POST', CONFIG_MAPS, { body: { metadata: { name, ...more }, data } });

/** What an evaluation of one validation says about an object. */
export async function verdict(expression: string, more: object = {}, data: Record<string, string> = {}): Promise<string> {
  await using api = await startApi();
  await bind(api, { spec: { validations: [{ expression, ...more }] } });
  const reply = await put(api, 'one', data);
  return reply.code === 201 ? 'fine' : `${reply.code} ${reply.body.reason}: ${reply.body.message}`;
}

export const BY = `ValidatingAdmissionPolicy 'p' with binding 'p-binding' denied request:`;
