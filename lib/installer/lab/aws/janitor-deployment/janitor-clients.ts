import { LambdaClient } from '@aws-sdk/client-lambda';
import { SNSClient } from '@aws-sdk/client-sns';

/** Services that no lab has anything in, and only its janitor. */
export function janitorClients(region: string): { readonly lambda: LambdaClient; readonly sns: SNSClient } {
  return { lambda: new LambdaClient({ region }), sns: new SNSClient({ region }) };
}
