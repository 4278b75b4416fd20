import { z } from 'zod';
import { read, change } from './call-shape.ts';

/** The connection itself, and the end of the agent. */
export const agentCalls = {
  hello: read(
    z.strictObject({}),
    z.object({
      bundle: z.string(),
      pid: z.int(),
      uid: z.int(),
      /** Absent in agents that are older than the field. */
      protocol: z.int().optional(),
      /** The calls that it answers. */
      calls: z.array(z.string()).optional(),
    }),
  ),
  'lock.take': read(
    z.strictObject({ owner: z.string().max(200), force: z.boolean() }),
    z.object({
      taken: z.boolean(),
      owner: z.string(),
      since: z.string(),
      /** Since then, by the server's own clock. */
      seconds: z.number().default(0),
      /** The change that the holder is at, or empty. */
      doing: z.string().default(''),
    }),
  ),
  /** The last call of an uninstall: the agent removes what is left of the installer itself, and ends. */
  'agent.remove': change(z.strictObject({}), z.object({ removed: z.array(z.string()) })),
  'agent.exit': read(z.strictObject({}), z.object({})),
} as const;
