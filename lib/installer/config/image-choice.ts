import { platformImageNames } from '../artifacts/images/platform-image-names.ts';
import { field } from './fields.ts';

/** Which of the platform's own images (docs/platform-images.md) go to servers, as files choose them. */
export const imageChoice = field<readonly string[]>(
  (value) => Array.isArray(value) && value.every((name) => platformImageNames.includes(name as string)),
  `is no list of ${platformImageNames.join(', ')}; [] is none`,
);
