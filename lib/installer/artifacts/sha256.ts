import { z } from 'zod';

/** A SHA-256 in hexadecimal digits. What comes from outside is nothing else: it becomes part of a path. */
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256');
