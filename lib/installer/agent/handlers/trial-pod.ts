import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { errorText } from '../../../common/errors.ts';
import { type ApiAccess, callApi } from './api-access.ts';

const COLLECTION = '/api/v1/namespaces/kube-system/pods';
const NAME = 'oo-install-trial';
const PORT = 8080;
/** ms. A pod that is slow to go keeps nobody from using the platform. */
const REMOVAL_PATIENCE = 10_000;
/** ms for the pod's answer. A look that ends too soon is only repeated, and the next one is no faster. */
const ANSWER_PATIENCE = 15_000;

const trialPod = z.object({
  spec: z.object({
    containers: z
      .array(z.object({ env: z.array(z.object({ name: z.string(), value: z.string().optional() })).optional() }))
      .min(1),
  }),
  status: z.object({
    phase: z.string().optional(),
    podIP: z.string().optional(),
    conditions: z.array(z.object({ type: z.string(), status: z.string(), message: z.string().optional() })).optional(),
    containerStatuses: z
      .array(
        z.object({
          state: z.object({ waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional() }),
        }),
      )
      .optional(),
  }),
});
type TrialPod = z.infer<typeof trialPod>;

/**
 * Whether a pod really runs here: makes one of the sample application if there is none yet, and asks it for the token that it was
 * given. Called again until it has answered; then the pod is deleted. Nothing else stays: a pod that never answers is left for
 * `kubectl describe`, and the next attempt goes on with it.
 */
export async function tryPod(access: ApiAccess, image: string): Promise<{ answered: boolean; reason: string }> {
  const not = (reason: string) => ({ answered: false, reason });
  try {
    const found = await callApi(access, 'GET', `${COLLECTION}/${NAME}`);
    if (found.status === 404) {
      const made = await callApi(access, 'POST', COLLECTION, manifest(image));
      return not(made.status < 300 ? `pod ${NAME} was only just made` : `pod ${NAME} cannot be made: ${made.body.slice(0, 400)}`);
    }
    const pod = trialPod.parse(JSON.parse(found.body));
    const token = pod.spec.containers[0]!.env?.find(({ name }) => name === 'TOKEN')?.value;
    if (pod.status.phase === 'Failed' || pod.status.phase === 'Succeeded') {
      await remove(access);
      return not(`pod ${NAME} ended by itself`);
    }
    if (pod.status.phase !== 'Running' || pod.status.podIP === undefined || token === undefined) return not(whyNot(pod));
    const answer = await fetch(`http://${pod.status.podIP}:${PORT}/`, { signal: AbortSignal.timeout(ANSWER_PATIENCE) });
    if (!(await answer.text()).includes(`token=${token}`)) return not(`pod ${NAME} answers something else`);
    await remove(access);
    return { answered: true, reason: '' };
  } catch (error) {
    return not(`pod ${NAME} does not answer: ${errorText(error)}`);
  }
}

/** Resolves when it is gone whole, network and all: the next look at the server should see nothing of it. */
async function remove(access: ApiAccess): Promise<void> {
  const deadline = performance.now() + REMOVAL_PATIENCE;
  await callApi(access, 'DELETE', `${COLLECTION}/${NAME}`, { gracePeriodSeconds: 1 });
  while ((await callApi(access, 'GET', `${COLLECTION}/${NAME}`)).status !== 404 && performance.now() < deadline) await delay(50);
}

function whyNot({ status }: TrialPod): string {
  const waiting = status.containerStatuses?.[0]?.state.waiting;
  const unscheduled = status.conditions?.find((condition) => condition.type === 'PodScheduled' && condition.status !== 'True');
  const why = waiting?.message ?? waiting?.reason ?? unscheduled?.message ?? `is ${status.phase ?? 'new'}`;
  return `pod ${NAME}: ${why}`;
}

const manifest = (image: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: NAME, namespace: 'kube-system', labels: { app: NAME } },
  spec: {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    containers: [
      {
        name: 'hello',
        image,
        imagePullPolicy: 'IfNotPresent',
        env: [{ name: 'TOKEN', value: randomBytes(8).toString('hex') }],
        ports: [{ containerPort: PORT }],
      },
    ],
  },
});
