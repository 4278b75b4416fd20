import type { Container, Pod } from '../core-types.ts';
import { podFromTemplate } from '../replicas/pod-control.ts';
import { COMPLETION_INDEX, INDEX_FAILURES, indexOf, type Job, TRACKING } from './job-types.ts';
import { failuresOf } from './tally.ts';

const INDEX_VARIABLE = {
  name: 'JOB_COMPLETION_INDEX',
  valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${COMPLETION_INDEX}']` } },
};

/** A pod of a job without indexes. */
export function jobPod(job: Job): Pod {
  const pod = podFromTemplate(job, job.spec.template);
  return { ...pod, metadata: { ...pod.metadata, finalizers: [...(pod.metadata.finalizers ?? []), TRACKING] } };
}

/** The pod of one index: it is told by label, annotation, environment and host name (kubernetes job/indexed_job_utils.go). */
export function indexedPod(job: Job, index: number, pods: readonly Pod[]): Pod {
  const pod = jobPod(job);
  const failures = pods.filter((one) => one.status?.phase === 'Failed' && indexOf(job, one) === index).map(failuresOf);
  const told = { [COMPLETION_INDEX]: String(index) };
  const counted = job.spec.backoffLimitPerIndex === undefined ? {} : { [INDEX_FAILURES]: String(Math.max(0, ...failures)) };
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      generateName: `${job.metadata.name}-${index}-`,
      labels: { ...pod.metadata.labels, ...told },
      annotations: { ...pod.metadata.annotations, ...told, ...counted },
    },
    spec: {
      ...pod.spec,
      hostname: `${job.metadata.name}-${index}`,
      containers: pod.spec.containers.map(withIndex),
      ...(pod.spec.initContainers === undefined ? {} : { initContainers: pod.spec.initContainers.map(withIndex) }),
    },
  };
}

function withIndex(container: Container & { env?: { name: string }[] }): Container {
  const env = container.env ?? [];
  return env.some(({ name }) => name === INDEX_VARIABLE.name)
    ? container
    : ({ ...container, env: [...env, INDEX_VARIABLE] } as Container);
}
