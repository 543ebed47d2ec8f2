/** Secrets as Kubernetes has them. */
import { z } from "zod";
import type { Kubectl } from "./kubectl.ts";

export const toSecretObject = (
  { namespace, name }: { readonly namespace: string; readonly name: string },
  stringData: object,
  type: "Opaque" | "kubernetes.io/tls" = "Opaque",
) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace },
  type,
  stringData,
});

/** A value of a Secret, as Kubernetes answers it. */
export const encoded = z.string().transform((value) => Buffer.from(value, "base64").toString());

/** Undefined where there is no such Secret; throws where it does not hold what `data` says. */
export const readSecret = async <Data>(
  kubectl: Kubectl,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  data: z.ZodType<Data>,
): Promise<Data | undefined> => {
  const args = ["get", "secret", name, "-n", namespace, "--ignore-not-found", "-o", "json"];
  const text = (await kubectl(args)).trim();
  return text === "" ? undefined : z.object({ data }).parse(JSON.parse(text)).data;
};
