/** What an operation would do, and why it cannot. */
import type { Plan } from "./api-types.ts";
import { toFacts } from "./format.ts";
import { Facts } from "./parts.tsx";
import { texts } from "./texts.ts";

export const PlanView = ({ plan: { canRun, reasons, plan } }: { readonly plan: Plan }) => (
  <section>
    <h3>{texts.plan.title}</h3>
    <Facts facts={toFacts(plan)} />
    <ol class="steps">
      {(Array.isArray(plan["steps"]) ? plan["steps"] : []).map((step) => (
        <li key={String(step)}>{String(step)}</li>
      ))}
    </ol>
    {canRun ? null : (
      <div class="notice notice-bad" role="alert">
        <strong>{texts.plan.cannot}</strong>
        <ul>
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      </div>
    )}
  </section>
);
