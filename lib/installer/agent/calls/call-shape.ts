import { z } from 'zod';

/** Absolute and normal: no `..`, no empty parts, no NUL. */
export const hostPath = z.string().regex(/^(\/(?!\.{1,2}(\/|$))[^/\0]+)+$/, 'must be an absolute path without .. in it');
/** Of Debian policy 5.6.1. */
export const packageName = z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/);
/** A file name without a path: no slash, and no dot that leads it. */
export const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.+~:%_-]{0,200}$/);
/** Of systemd.unit(5), without the characters that select several. */
export const unitName = z.string().regex(/^[A-Za-z0-9:_.@-]+\.(service|socket)$/);
export const serviceName = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/);
export const mode = z.int().min(0).max(0o7777);
export const environment = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string());
export const argv = z.array(z.string().regex(/^[^\0]*$/)).min(1);

/** Nothing worth telling. */
export const done = z.object({ changed: z.boolean() });

/** A call that only looks. */
export function read<P extends z.ZodType, R extends z.ZodType>(params: P, result: R) {
  return { params, result, changes: false } as const;
}

/** A call that changes the server. */
export function change<P extends z.ZodType, R extends z.ZodType>(params: P, result: R) {
  return { params, result, changes: true } as const;
}
