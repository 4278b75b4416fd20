/** Sysctls that the baseline policy lets pods set (Kubernetes: pod-security-admission/policy/check_sysctls.go). */
export const BASELINE_SYSCTLS: readonly string[] = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_syncookies',
];

/** Those that touch nothing but the pod, whatever their value: two more, that no policy has yet (Kubernetes 1.32: pkg/kubelet/sysctl/safe_sysctls.go). */
export const SAFE_SYSCTLS: readonly string[] = [...BASELINE_SYSCTLS, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];
