import { parseLab } from '../../lib/installer/config/lab-file.ts';
import type { Lab } from '../../lib/installer/config/lab-schema.ts';

/** A lab of lab.yaml's text; `name: class` unless it names itself. */
export function labOf(content: string): Lab {
  return parseLab(/^name:/m.test(content) ? content : `name: class\n${content}`, 'lab.yaml');
}
