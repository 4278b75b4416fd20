import { UNFINISHED } from '../api/project/project-annotations.ts';
import { isConflict, isNotFound } from './api-errors.ts';
import { defineController, type ControllerDefinition } from './define-controller.ts';
import { NAMESPACES, refTo } from './resources.ts';

/** How long a requested project may be half made, in ms: a minute is far beyond what its few writes take. */
const PATIENCE = 60_000;

/** Takes back projects whose request was interrupted: whoever asked got no answer, and gets one when asking again. */
export const projectRequestController = (): ControllerDefinition =>
  defineController({
    name: 'project-request-controller',
    for: NAMESPACES,
    async reconcile(name, { client, lister, clock, log }) {
      const namespace = lister(NAMESPACES).byKey(name);
      if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return undefined;
      const begun = Date.parse(namespace.metadata.annotations?.[UNFINISHED] ?? '');
      if (Number.isNaN(begun)) return undefined;
      const left = begun + PATIENCE - clock.now();
      if (left > 0) return { requeueAfter: left };
      const { uid, resourceVersion } = namespace.metadata;
      try {
        // Whoever takes the request up again writes the namespace first.
        await client.delete(refTo(NAMESPACES, namespace), { preconditions: { uid: uid!, resourceVersion: resourceVersion! } });
        log.warn(
          { object: name, begun: namespace.metadata.annotations![UNFINISHED] },
          'took back a project whose request was interrupted',
        );
      } catch (error) {
        if (!isConflict(error) && !isNotFound(error)) throw error;
      }
      return undefined;
    },
  });
