import type { z } from 'zod';

/** What is wrong with the shape of somebody's file, on one line: `clusters.0.cluster.server: Invalid input: expected string, received number`. */
export const shapeProblems = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => (path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`)).join('; ');
