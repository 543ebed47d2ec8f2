/** The Kubernetes cluster that tests are given, as `inject("kubernetes")` tells of it. */
import { inject } from "vitest";
import { createKubectl, type Kubectl } from "#infra/kubernetes/kubectl.ts";

export interface KubernetesUnderTest {
  readonly kubectl: string;
  readonly kubeconfig: string;
  /** An address of this machine that pods reach. */
  readonly host: string;
  /** The command that brings an archive of images to the nodes; empty where it is not known. */
  readonly imagesLoad: string;
  /** Of infra/kubernetes/overlays, what the database is deployed by. */
  readonly overlay: string;
  /** Whether its network keeps to NetworkPolicies. */
  readonly enforcesPolicies: boolean;
  /** A command that makes it do so for as long as it runs; empty where there is none. */
  readonly policyAgent: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    kubernetes: KubernetesUnderTest | undefined;
    /** Who signs the certificates of the cluster's servers, as PEM. */
    authority: string;
  }
}

/** What the commands under test read from their environment. */
export const environmentOf = ({ kubectl, kubeconfig }: KubernetesUnderTest) => ({
  KUBECTL: kubectl,
  KUBECONFIG: kubeconfig,
});

export const useKubectl = (kubernetes: KubernetesUnderTest): Kubectl => {
  Object.assign(process.env, environmentOf(kubernetes));
  return createKubectl();
};

export const injectKubernetes = (): KubernetesUnderTest => {
  const kubernetes = inject("kubernetes");
  if (kubernetes === undefined) throw new Error("no Kubernetes cluster");
  return kubernetes;
};
