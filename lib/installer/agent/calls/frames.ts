import { z } from 'zod';
import { callSchemas, type CallName } from '../call-schemas.ts';

/** What a line of the connection may be. */
export const requestFrame = z.strictObject({
  id: z.int().positive(),
  call: z.enum(Object.keys(callSchemas) as [CallName, ...CallName[]]),
  params: z.unknown(),
  /** Who changes what, for the journal. Absent for calls that only look. */
  change: z.strictObject({ phase: z.string().max(60), description: z.string().max(500) }).optional(),
});

export const replyFrame = z.union([
  z.strictObject({ id: z.int(), result: z.unknown() }),
  z.strictObject({
    id: z.int(),
    error: z.strictObject({
      code: z.string().regex(/^[A-Z][A-Z0-9_]{0,60}$/),
      failure: z.string(),
      message: z.string(),
      hint: z.string().optional(),
    }),
  }),
  /** A line for the person who waits. */
  z.strictObject({ id: z.int(), progress: z.string() }),
]);
export type ReplyFrame = z.infer<typeof replyFrame>;
