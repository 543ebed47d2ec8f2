/**
 * The HTTP face of operations: asks for one, shows them, pauses, resumes and cancels one. The work
 * itself is done by event functions; an answer of 202 means that it is written and will be done.
 */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { StoredEvent } from "#shared/emit.ts";
import type { Route, RouteRequest } from "#shared/http-function.ts";
import type { Tally } from "#shared/load-ledger.ts";
import type { LoadPart } from "#shared/load-ledger-reads.ts";
import type { Redirect, Redirection } from "#shared/operation-redirect.ts";
import type { Json, Operation, StepTimes } from "#shared/operation-rows.ts";
import { type Control, operationStates } from "#shared/operation-state.ts";
import type { Operations } from "#shared/operations.ts";
import { parseBody } from "#shared/parse-body.ts";
import { Problem } from "#shared/problem.ts";
import { parseCursor, toCursor, wholeNumber } from "#shared/query-cursor.ts";
import { parseChoice, parseLimit, readParams } from "#shared/query-params.ts";
import type { Reply } from "#shared/respond.ts";
import { toSummary, toView } from "./view.ts";

/** What one kind of operation brings along. */
export interface OperationKind {
  /** Checks the request by itself. */
  parse(body: unknown): Json;
  /**
   * Checks it against the state of things: every reason why it cannot run, and what it would do.
   * `request`: what is stored instead, with what was left open settled.
   */
  check(request: Json): Promise<{ reasons: string[]; plan: Json; request?: Json }>;
  /** What has to be done before an operation can be written at all; answers the request to store. */
  prepare?(request: Json): Promise<Json>;
  /** What only one unfinished operation may work on. */
  lockName(request: Json): string | null;
  /** The object with what it did not take, if there is one. */
  rejectsKey(operation: Operation): string | undefined;
  readonly step: string;
  toEvent(operationId: string): StoredEvent;
  /** How what it has done is removed when it is cancelled. Throws where that cannot be. */
  toRemoval?(operation: Operation): Redirection;
  /** How it leaves no trace where it is cancelled or undone. Throws where it is too late. */
  toTakeBack?(operation: Operation, how: "cancel" | "undo"): Redirection;
}

export interface RunOperationsDeps {
  readonly operations: Omit<Operations, "note">;
  readonly redirect: Redirect;
  readonly kinds: Readonly<Record<string, OperationKind>>;
  readonly readSteps: (operationId: string) => Promise<StepTimes>;
  readonly readTally: (operationId: string) => Promise<Tally>;
  readonly readParts: (operationId: string) => Promise<readonly LoadPart[]>;
  readonly presignGet: (key: string, seconds: number) => Promise<string>;
  readonly uploads: (request: { readonly body: unknown }) => Promise<Reply>;
  readonly now?: () => number;
}

export const cancellation = z.strictObject({ loaded: z.enum(["keep", "remove"]).default("keep") });
const LINK_SECONDS = 3_600;
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const toId = ({ params }: RouteRequest): string => {
  const id = params["id"] ?? "";
  if (!UUID.test(id)) throw new Problem("not-found", `there is no operation ${id.slice(0, 60)}`);
  return id;
};

/** What holds the lock may be what was asked for; otherwise it is in the way. */
const checkSame = ({ id, kind, request }: Operation, name: string, wanted: Json): void => {
  if (kind === name && isDeepStrictEqual({ ...request }, { ...wanted })) return;
  throw new Problem("conflict", `operation ${id} (${kind}) is at work there; wait until it ends`, {
    extra: { operation: id },
  });
};

const isObject = (body: unknown): body is Readonly<Record<string, unknown>> =>
  typeof body === "object" && body !== null && !Array.isArray(body);

export const createRunOperations = (deps: RunOperationsDeps): readonly Route[] => {
  const { operations, kinds, now = Date.now } = deps;

  const findKind = (body: unknown): { name: string; kind: OperationKind } => {
    const name = isObject(body) ? String(body["kind"] ?? "") : "";
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind !== undefined) return { name, kind };
    const known = Object.keys(kinds).join(", ");
    throw new Problem("invalid-request", `kind: not one of ${known}`, { field: "kind" });
  };

  const toLinks = async (operation: Operation): Promise<Json> => {
    const key = kinds[operation.kind]?.rejectsKey(operation);
    return key === undefined ? {} : { rejects: await deps.presignGet(key, LINK_SECONDS) };
  };

  const readLoad = async (id: string): Promise<{ tally: Tally; parts: readonly LoadPart[] }> => {
    const [tally, parts] = await Promise.all([deps.readTally(id), deps.readParts(id)]);
    return { tally, parts };
  };

  const view = async (operation: Operation): Promise<Json> => {
    const steps = await deps.readSteps(operation.id);
    const load = operation.kind === "load" ? await readLoad(operation.id) : {};
    const links = await toLinks(operation);
    return { ...toView({ operation, steps, now: now(), ...load }), links };
  };

  const create = async ({ body, query, caller }: RouteRequest): Promise<Reply> => {
    const { dryRun } = readParams(query, ["dryRun"]);
    const { name, kind } = findKind(body);
    const parsed = kind.parse(body);
    const { reasons, plan, request = parsed } = await kind.check(parsed);
    if (dryRun === "true")
      return { status: 200, body: { kind: name, canRun: reasons.length === 0, reasons, plan } };
    if (reasons.length > 0)
      throw new Problem("conflict", `it cannot run: ${reasons.join("; ")}`, { extra: { reasons } });
    const stored = (await kind.prepare?.(request)) ?? request;
    const { operation, isNew } = await operations.create({
      kind: name,
      request: stored,
      lockName: kind.lockName(request),
      askedBy: caller?.name ?? "token",
      step: kind.step,
      toEvent: kind.toEvent,
    });
    if (!isNew) checkSame(operation, name, stored);
    const location = `/v1/operations/${operation.id}`;
    return { status: 202, body: { ...(await view(operation)), isNew }, headers: { location } };
  };

  const list = async ({ query }: RouteRequest): Promise<Reply> => {
    const params = readParams(query, ["kind", "state", "limit", "cursor"]);
    if (params.state !== undefined) parseChoice("state", params.state, operationStates);
    const limit = parseLimit(params.limit);
    const name = `operations ${params.kind ?? ""} ${params.state ?? ""}`;
    const before = parseCursor(params.cursor, name, wholeNumber);
    const filters = {
      ...(params.kind === undefined ? {} : { kind: params.kind }),
      ...(params.state === undefined ? {} : { state: params.state }),
      ...(before === undefined ? {} : { before }),
    };
    const rows = await operations.list({ ...filters, limit: limit + 1 });
    const items = rows.slice(0, limit);
    const last = rows.length > limit ? items.at(-1) : undefined;
    const next = last === undefined ? null : toCursor(name, last.serial);
    return { status: 200, body: { items: items.map(toSummary), next } };
  };

  const control =
    (verb: Control) =>
    async (request: RouteRequest): Promise<Reply> => ({
      status: 202,
      body: await view(await operations.control(toId(request), verb)),
    });

  /** With {"loaded": "remove"} what was done is removed; without a body it is kept. */
  const cancel = async (request: RouteRequest): Promise<Reply> => {
    const { loaded } = parseBody(cancellation, request.body ?? {});
    const operation = await operations.get(toId(request));
    const back = kinds[operation.kind]?.toTakeBack?.(operation, "cancel");
    if (back !== undefined)
      return { status: 202, body: await view(await deps.redirect(operation.id, back)) };
    if (loaded === "keep") return control("cancel")(request);
    const removal = kinds[operation.kind]?.toRemoval?.(operation);
    if (removal === undefined)
      throw new Problem("conflict", `what an operation of kind ${operation.kind} did is kept`);
    return { status: 202, body: await view(await deps.redirect(operation.id, removal)) };
  };

  const undo = async (request: RouteRequest): Promise<Reply> => {
    const operation = await operations.get(toId(request));
    const back = kinds[operation.kind]?.toTakeBack?.(operation, "undo");
    if (back === undefined)
      throw new Problem("conflict", `an operation of kind ${operation.kind} cannot be undone`);
    return { status: 202, body: await view(await deps.redirect(operation.id, back)) };
  };

  const base = "/v1/operations";
  return [
    { method: "POST", path: "/v1/uploads", auth: "operate", handle: deps.uploads },
    { method: "POST", path: base, auth: "operate", handle: create },
    { method: "GET", path: base, handle: list },
    {
      method: "GET",
      path: `${base}/:id`,
      handle: async (request) => ({
        status: 200,
        body: await view(await operations.get(toId(request))),
      }),
    },
    { method: "POST", path: `${base}/:id/cancel`, auth: "operate", handle: cancel },
    { method: "POST", path: `${base}/:id/pause`, auth: "operate", handle: control("pause") },
    { method: "POST", path: `${base}/:id/resume`, auth: "operate", handle: control("resume") },
    { method: "POST", path: `${base}/:id/undo`, auth: "operate", handle: undo },
  ];
};
