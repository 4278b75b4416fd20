import { z } from 'zod';
import { hostPath, unitName, serviceName, environment, argv, done, read, change } from './call-shape.ts';

const serviceState = z.object({
  name: z.string(),
  running: z.boolean(),
  /** Of the running process, 0 otherwise. */
  pid: z.int(),
  /** How often it was started again after a crash. */
  restarts: z.int(),
  /** Why it is not running, or why it ended last. */
  reason: z.string(),
});

export const supervisedService = z.strictObject({
  name: serviceName,
  argv,
  env: environment,
  log: hostPath,
  /** ms from SIGTERM to SIGKILL. */
  grace: z.int().positive(),
});

/** Units of systemd, services under our own supervisor, and what both wrote. */
export const serviceCalls = {
  'unit.state': read(
    z.strictObject({ name: unitName }),
    z.object({ active: z.string(), enabled: z.string(), result: z.string(), restarts: z.int() }),
  ),
  /** Enabled at boot, and running with its present files: started, or restarted when `restart` says so. */
  'unit.start': change(z.strictObject({ name: unitName, restart: z.boolean(), enable: z.boolean() }), done),
  /** Stops it for now. Whether it starts at boot stays as it is. */
  'unit.stop': change(z.strictObject({ name: unitName }), done),
  'service.list': read(z.strictObject({}), z.object({ services: z.array(serviceState) })),
  /** Under our own supervisor, where no init system runs. */
  'service.start': change(supervisedService.extend({ restart: z.boolean() }), done),
  'service.stop': change(z.strictObject({ name: serviceName }), done),
  /** The last lines that a unit (its journal) or a supervised service (its log file) wrote. */
  'log.tail': read(
    z.strictObject({ unit: unitName.optional(), file: hostPath.optional(), lines: z.int().min(1).max(500) }),
    z.object({ lines: z.array(z.string()) }),
  ),
  /** The same as lines of progress; `follow`: and those to come, until the connection ends. */
  'log.stream': read(
    z.strictObject({
      unit: unitName.optional(),
      file: hostPath.optional(),
      lines: z.int().min(0).max(1_000_000),
      follow: z.boolean(),
    }),
    z.object({}),
  ),
} as const;
