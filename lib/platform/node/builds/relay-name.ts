/** What a relay calls a repository while an image is pushed through it: whoever knows it may have a pod run the image, with no right to pull it. */
const RELAY = /^127\.0\.0\.1:\d+\/[0-9a-f]{40}[:@]/;

/** What Docker is told to push to: the relay on the loopback, and the secret that lets this push through. */
export const relayName = (port: number, secret: string, tag: string): string => `127.0.0.1:${port}/${secret}:${tag}`;

/** Whether it is told to nobody. */
export const isRelayName = (name: string): boolean => RELAY.test(name);
