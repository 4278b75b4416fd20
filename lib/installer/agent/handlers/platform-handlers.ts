import { errorText } from '../../../common/errors.ts';
import type { Handlers } from '../call-context.ts';
import type { SubjectOf } from '../journal/journal-entry.ts';
import { listPods, runningSandboxes } from '../upgrade/running-containers.ts';
import { readAccess } from './api-access.ts';
import { readCertificates } from './certificates.ts';
import { taggedImages } from './docker-handlers.ts';
import { platformHealth } from './platform-health.ts';
import { platformParts } from './platform-parts.ts';
import { tryPod } from './trial-pod.ts';

/** The platform that runs on the server: whether it is healthy, and what is in it. */
export const platformHandlers: Handlers<
  'platform.adopt' | 'platform.health' | 'platform.pods' | 'platform.parts' | 'platform.certificates' | 'platform.tryPod'
> = {
  'platform.adopt': async ({ program, config, dataDir, kubeconfig }, context) => {
    const known = context.journal
      .entries()
      .some((entry) => entry.subject.kind === 'platform' && entry.subject.dataDir === dataDir && entry.state !== 'undone');
    if (known) return { changed: false };
    const subject: SubjectOf<'platform'> = { kind: 'platform', program, config, dataDir, kubeconfig };
    const id = await context.journal.begin(context.change.phase, context.change.description, subject);
    await context.journal.done(id, subject);
    return { changed: true };
  },

  'platform.health': async ({ kubeconfig }) => platformHealth(kubeconfig),

  'platform.pods': async ({ kubeconfig }) => {
    const docker = await runningSandboxes().then(
      (sandboxes) => ({ sandboxes }),
      (error: unknown) => ({ reason: errorText(error) }),
    );
    const running = await readAccess(kubeconfig)
      .then(listPods)
      .then(
        (pods) => pods.filter(({ status }) => status.phase === 'Running').length,
        () => undefined,
      );
    return { ...docker, ...(running === undefined ? {} : { running }) };
  },

  'platform.parts': async ({ kubeconfig, images }) => {
    const [access, there] = await Promise.all([readAccess(kubeconfig), taggedImages()]);
    const names = images.filter((reference) => there.has(reference)).map((reference) => reference.replace(/^.*\/|:.*$/g, ''));
    return { parts: await platformParts(access, new Set(names)) };
  },

  'platform.certificates': async ({ kubeconfig, dataDir }) => ({ certificates: await readCertificates(dataDir, kubeconfig) }),

  'platform.tryPod': async ({ kubeconfig, image }) => tryPod(await readAccess(kubeconfig), image),
};
