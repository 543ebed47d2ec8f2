/** vtgate's plan as a tree: what each operator is, where it sends its statement, and what feeds it. */
import type { ComponentChildren } from "preact";
import type { Json } from "./api-types.ts";

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const toText = (value: unknown): string => {
  if (isObject(value)) {
    const { Name: name, Sharded: sharded } = value;
    if (typeof name === "string") return sharded === false ? `${name}, unsharded` : name;
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};

const untold = new Set(["OperatorType", "Variant", "Inputs", "Query", "FieldQuery"]);

const Operator = ({ operator }: { readonly operator: Json }): ComponentChildren => {
  const inputs = Array.isArray(operator["Inputs"]) ? operator["Inputs"].filter(isObject) : [];
  const query = operator["Query"];
  return (
    <li>
      <strong>{String(operator["OperatorType"])}</strong>
      {operator["Variant"] === undefined ? null : <em> {String(operator["Variant"])}</em>}{" "}
      {Object.entries(operator)
        .filter(([name]) => !untold.has(name))
        .map(([name, value]) => (
          <span key={name} class="plan-fact">
            <span class="quiet">{name}</span> {toText(value)}
          </span>
        ))}
      {typeof query === "string" ? <code class="plan-query">{query}</code> : null}
      {inputs.length === 0 ? null : (
        <ul>
          {inputs.map((input, index) => (
            <Operator key={index} operator={input} />
          ))}
        </ul>
      )}
    </li>
  );
};

/** Where it is not what is expected, it is shown as it is. */
export const PlanTree = ({ plan }: { readonly plan: unknown }) =>
  isObject(plan) && plan["OperatorType"] !== undefined ? (
    <ul class="plan-tree">
      <Operator operator={plan} />
    </ul>
  ) : (
    <pre>{JSON.stringify(plan, null, 2)}</pre>
  );
