import { isIPv4 } from 'node:net';
import { errorText } from '../../../common/errors.ts';
import { awsErrors } from './aws-errors.ts';

/** Amazon's own answer to who asks: https://checkip.amazonaws.com, an address and a line's end. */
const whoAmI = 'https://checkip.amazonaws.com/';

/** The address by which the internet knows this machine, as a range of one. @throws OoError LAB_OWN_ADDRESS_UNKNOWN */
export async function ownRange(url: string = whoAmI): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000), redirect: 'error' });
    const text = (await response.text()).trim();
    if (!response.ok || !isIPv4(text)) throw new Error(`${url} answers ${response.status} ${text.slice(0, 60)}`);
    return `${text}/32`;
  } catch (error) {
    throw awsErrors.LAB_OWN_ADDRESS_UNKNOWN(errorText(error), { cause: error });
  }
}
