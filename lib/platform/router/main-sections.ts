import { HEALTH_PORT, HTTP_PORT, HTTPS_PORT, MOUNT, RUN_DIR } from './router-settings.ts';

/** Paths of the files that the sections look things up in, as HAProxy sees them. */
export interface SectionFiles {
  /** Host and path of requests without encryption: a backend, or `redirect`. */
  readonly httpMap: string;
  /** Host and path of requests that were decrypted here. */
  readonly httpsMap: string;
  /** Hosts that pods decrypt; undefined where there are none. */
  readonly passthroughMap: string | undefined;
  readonly defaultCertificate: string;
  readonly certificateList: string;
  readonly unavailablePage: string;
}

const socket = (name: string): string => `${MOUNT}/${RUN_DIR}/${name}`;

/** This machine's ports, which clients know. */
export interface PublicPorts {
  readonly httpPort: number;
  readonly httpsPort: number;
}

/** Everything that is no route's. */
export function mainSections(files: SectionFiles, ports: PublicPorts): string[] {
  const { httpPort, httpsPort } = ports;
  return [
    'global',
    // Twice the connections; fewer where the engine gives a container fewer files.
    '  fd-hard-limit 50000',
    `  stats socket ${socket('admin.sock')} mode 660 level admin`,
    '  ssl-default-bind-options ssl-min-ver TLSv1.2',
    '  tune.ssl.default-dh-param 2048',
    // Connections that never end, and reloads that come often, must not pile up processes.
    '  hard-stop-after 1h',
    '  mworker-max-reloads 10',
    '',
    'defaults',
    '  mode http',
    '  option redispatch 1',
    '  option idle-close-on-response',
    '  option dontlognull',
    '  retries 3',
    '  timeout connect 5s',
    '  timeout client 30s',
    '  timeout client-fin 1s',
    '  timeout server 30s',
    '  timeout server-fin 1s',
    '  timeout http-request 10s',
    '  timeout http-keep-alive 300s',
    '  timeout tunnel 1h',
    `  errorfile 503 ${files.unavailablePage}`,
    '',
    'frontend health',
    `  bind :${HEALTH_PORT}`,
    '  http-request return status 200 content-type text/plain string ok if { path /healthz }',
    '  http-request deny deny_status 404',
    '',
    // On a socket: names of all projects are in it.
    'frontend metrics',
    `  bind unix@${socket('metrics.sock')} mode 660`,
    '  http-request use-service prometheus-exporter if { path /metrics }',
    '  http-request deny deny_status 404',
    '',
    'frontend public',
    `  bind :${HTTP_PORT}`,
    ...lookUp(files.httpMap, 'http', httpPort),
    `  http-request redirect code 302 location https://%[var(txn.host)]${httpsPort === 443 ? '' : `:${httpsPort}`}%[pathq] if { var(txn.backend) -m str redirect }`,
    ...choose,
    '',
    ...tlsSections(files, httpsPort),
    '',
    // Without a server every request gets the page.
    'backend no_route',
  ];
}

/** The longest path that a route has of the host. A trailing slash on both sides keeps /api from being the beginning of /apis. */
const lookUp = (map: string, proto: 'http' | 'https', port: number): string[] => [
  '  http-request del-header Proxy',
  `  http-request set-var(txn.proto) str(${proto})`,
  `  http-request set-var(txn.port) int(${port})`,
  '  http-request set-var(txn.host) req.hdr(host),host_only,lower',
  '  http-request set-var(txn.path) path',
  '  http-request set-var(txn.base) var(txn.host),concat(,txn.path,/)',
  `  http-request set-var(txn.backend) var(txn.base),map_beg(${map})`,
];

const choose = ['  use_backend %[var(txn.backend)] if { var(txn.backend) -m found }', '  default_backend no_route'];

/** Decrypting is done at once where no pod does it; otherwise the name that the client says first decides. */
function tlsSections(files: SectionFiles, port: number): string[] {
  const certificates = `ssl crt ${files.defaultCertificate} crt-list ${files.certificateList} alpn http/1.1`;
  const decrypted = (bind: string): string[] => [
    'frontend decrypted',
    `  bind ${bind} ${certificates}`,
    ...lookUp(files.httpsMap, 'https', port),
    ...choose,
  ];
  if (files.passthroughMap === undefined) return decrypted(`:${HTTPS_PORT}`);
  const name = `req_ssl_sni,lower,map(${files.passthroughMap})`;
  return [
    'frontend encrypted',
    '  mode tcp',
    `  bind :${HTTPS_PORT}`,
    '  tcp-request inspect-delay 5s',
    '  tcp-request content accept if { req_ssl_hello_type 1 }',
    `  use_backend %[${name}] if { ${name} -m found }`,
    '  default_backend decrypt_here',
    '',
    'backend decrypt_here',
    '  mode tcp',
    `  server here unix@${socket('decrypt.sock')} send-proxy-v2`,
    '',
    ...decrypted(`unix@${socket('decrypt.sock')} mode 660 accept-proxy`),
  ];
}
