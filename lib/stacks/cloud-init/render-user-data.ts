import { checkHostData } from './check-host-data.ts';
import { fillTemplates } from './fill-templates.ts';
import type { HostData } from './host-data.ts';

/**
 * cloud-init's user data of a host: one `#cloud-config`. Pure: the same data gives the same text. Nothing in it is secret, since every process of a
 * host can ask for its user data. @throws OoError USER_DATA_INVALID
 */
export function renderUserData(data: HostData): string {
  checkHostData(data);
  return fillTemplates(data);
}
