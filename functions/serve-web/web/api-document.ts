/** The OpenAPI document, as far as its page shows it, and in the shape in which it does. Pure. */

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
  readonly description?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly description?: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Reference {
  readonly $ref: string;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly Reference[];
  readonly requestBody?: Content;
  readonly responses: Readonly<
    Record<string, (Content & { readonly description: string }) | Reference>
  >;
}

export interface ApiDocument {
  readonly info: { readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly responses: Readonly<Record<string, { readonly description: string }>>;
  };
}

const lastOf = (ref: string): string => ref.slice(ref.lastIndexOf("/") + 1);

const toRange = ({ minimum, maximum }: Schema): string => {
  const low = minimum === undefined ? "" : `${minimum}`;
  const high = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? "" : `${maximum}`;
  return low === "" && high === "" ? "" : ` ${low}…${high}`;
};

/** A schema in a few words, such as `integer 1…5000`. */
export const toWords = (schema: Schema): string => {
  if (schema.$ref !== undefined) return lastOf(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.join(" | ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.map(toWords).join(" or ");
  if (schema.items !== undefined) return `list of ${toWords(schema.items)}`;
  const type = typeof schema.type === "string" ? schema.type : (schema.type ?? []).join(" or ");
  const length = schema.maxLength === undefined ? "" : ` of up to ${schema.maxLength}`;
  return `${schema.format ?? (type === "" ? "anything" : type)}${toRange(schema)}${length}`;
};

export interface Field {
  readonly name: string;
  readonly where: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly text: string;
  /** How else than by equality it filters. */
  readonly operators: readonly string[];
}

/** Filters by one field are one line. */
const toFields = ({ components }: ApiDocument, { parameters = [] }: Operation): Field[] => {
  const fields = new Map<string, Field>();
  for (const { $ref } of parameters) {
    const found = components.parameters[lastOf($ref)];
    if (found === undefined) continue;
    const [, base = "", operator] = /^([^[]+)(?:\[(\w+)\])?$/.exec(found.name) ?? [];
    const known = fields.get(`${found.in} ${base}`);
    if (known !== undefined && operator !== undefined)
      fields.set(`${found.in} ${base}`, { ...known, operators: [...known.operators, operator] });
    else
      fields.set(`${found.in} ${found.name}`, {
        name: found.name,
        where: found.in,
        type: toWords(found.schema),
        isRequired: found.required === true,
        text: found.description ?? "",
        operators: [],
      });
  }
  return [...fields.values()];
};

const resolve = ({ components }: ApiDocument, schema: Schema): Schema =>
  schema.$ref === undefined ? schema : (components.schemas[lastOf(schema.$ref)] ?? schema);

export interface Shape {
  readonly title: string;
  readonly fields: readonly Field[];
}

/** Of a schema with alternatives one shape each. */
const toShapes = (document: ApiDocument, given: Schema, title: string): Shape[] => {
  const schema = resolve(document, given);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined)
    return choices.flatMap((choice) => toShapes(document, choice, toWords(choice)));
  if (schema.items !== undefined)
    return toShapes(document, schema.items, `list of ${toWords(schema.items)}`);
  const kind = schema.properties?.["kind"]?.const;
  const fields = Object.entries(schema.properties ?? {}).map(
    ([name, property]): Field => ({
      name,
      where: "body",
      type: toWords(property),
      isRequired: schema.required?.includes(name) === true,
      text: property.description ?? "",
      operators: [],
    }),
  );
  return [{ title: kind === undefined ? title : String(kind), fields }];
};

export interface Entry {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  readonly needsToken: boolean;
  readonly fields: readonly Field[];
  readonly body: readonly Shape[];
  readonly answers: readonly {
    readonly status: string;
    readonly text: string;
    readonly type: string;
  }[];
}

const toAnswer = (document: ApiDocument, status: string, given: Operation["responses"][string]) => {
  if ("$ref" in given) {
    const { description = "" } = document.components.responses[lastOf(given.$ref)] ?? {};
    return { status, text: description, type: "Problem" };
  }
  const types = Object.entries(given.content ?? {}).map(([type, { schema }]) =>
    schema === undefined ? type : toWords(schema),
  );
  return { status, text: given.description, type: types.join(", ") };
};

export const toEntries = (document: ApiDocument): Entry[] =>
  Object.entries(document.paths)
    .flatMap(([path, verbs]) =>
      Object.entries(verbs).map(([method, operation]): Entry => {
        const schema = operation.requestBody?.content?.["application/json"]?.schema;
        return {
          id: operation.operationId,
          method: method.toUpperCase(),
          path,
          tag: operation.tags[0] ?? "",
          summary: operation.summary,
          description: operation.description ?? "",
          needsToken: operation.security !== undefined,
          fields: toFields(document, operation),
          body: schema === undefined ? [] : toShapes(document, schema, toWords(schema)),
          answers: Object.entries(operation.responses).map(([status, answer]) =>
            toAnswer(document, status, answer),
          ),
        };
      }),
    )
    .sort((one, other) => (one.path < other.path ? -1 : Number(one.path > other.path)));

/** An address to begin with: the first articles and users are there in the sample. */
export const toExample = ({ path, fields }: Entry): string => {
  const filled = path
    .replace("{granularity}", "daily")
    .replace("{date}", "2018-05-01")
    .replace("{file}", "text_a1.txt")
    .replaceAll(/\{(uid|aid)\}/g, "1");
  const names = fields.map(({ name }) => name);
  if (names.includes("list")) return `${filled}?list=read&limit=3`;
  return names.includes("limit") ? `${filled}?limit=3` : filled;
};
