/** The 1st address of the service network is the API's, the 5th the registry's, the 10th cluster DNS's (OpenShift 3, kubeadm). */
export const API_SERVICE_OFFSET = 1;
export const REGISTRY_SERVICE_OFFSET = 5;
export const DNS_SERVICE_OFFSET = 10;
