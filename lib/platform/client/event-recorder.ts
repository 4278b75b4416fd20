import type { KubeObject } from '../api/meta.ts';

/** Writes core/v1 Events about an object; the same event again raises its count (client-go tools/record). Never throws. */
export interface EventRecorder {
  event(about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void;
}
