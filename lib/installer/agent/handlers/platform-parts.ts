import { z } from 'zod';
import { type CallResult } from '../call-schemas.ts';
import { type ApiAccess, callApi } from './api-access.ts';

type Parts = CallResult<'platform.parts'>['parts'];

/** The platform's own deployments (lib/platform/registry, lib/platform/router), and the images that they wait for. */
const deployed = [
  { name: 'registry', deployment: 'docker-registry', blockedBy: undefined },
  // What the router says of a port that somebody else has.
  { name: 'router', deployment: 'router', blockedBy: 'RouterPortInUse' },
] as const;

const deploymentList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({ availableReplicas: z.int().optional() }).optional(),
    }),
  ),
});
const eventList = z.object({ items: z.array(z.object({ reason: z.string().optional(), message: z.string().optional() })) });

/**
 * How far the parts are that run as pods of the platform, and which of the other images are there. `images`: names in Docker, as `router`. Rejects
 * when the API does not answer.
 */
export async function platformParts(access: ApiAccess, images: ReadonlySet<string>): Promise<Parts> {
  const namespace = 'namespaces/default';
  const { items } = await list(access, `/apis/apps/v1/${namespace}/deployments`, deploymentList);
  const parts: Parts = [];
  for (const { name, deployment, blockedBy } of deployed) {
    const found = items.find(({ metadata }) => metadata.name === deployment);
    if (found !== undefined) {
      parts.push({ name, state: (found.status?.availableReplicas ?? 0) > 0 ? 'running' : 'starting', reason: '' });
      continue;
    }
    const events =
      blockedBy === undefined || !images.has(name)
        ? []
        : (await list(access, `/api/v1/${namespace}/events`, eventList)).items.filter(({ reason }) => reason === blockedBy);
    const why = events.at(-1)?.message ?? '';
    parts.push({ name, state: why !== '' ? 'blocked' : images.has(name) ? 'starting' : 'absent', reason: why });
  }
  const isDeployed = (name: string): boolean => deployed.some((part) => part.name === name);
  const others = [...images].filter((name) => !isDeployed(name));
  return [...parts, ...others.map((name) => ({ name, state: 'ready' as const, reason: '' }))];
}

async function list<T>(access: ApiAccess, path: string, schema: z.ZodType<T>): Promise<T> {
  const { status, body } = await callApi(access, 'GET', path);
  if (status !== 200) throw new Error(`${path} was answered with ${status}: ${body.slice(0, 200)}`);
  return schema.parse(JSON.parse(body));
}
