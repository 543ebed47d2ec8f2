/** Files dropped here are sent, checked and loaded; loads go on with their progress below. */
import { useState } from "preact/hooks";
import { postJson } from "./api.ts";
import type { Operation, OperationItem, PageOf } from "./api-types.ts";
import { ConsoleFrame, Contact, POLL_MS } from "./console-parts.tsx";
import { toBytes } from "./format.ts";
import { LoadChoices, type LoadOptions, usual } from "./load-choices.tsx";
import { namesOf, type Picked, pick, stage } from "./load-files.ts";
import { usePolled } from "./loaded.ts";
import { Link } from "./navigation.tsx";
import { OperationControls } from "./operation-controls.tsx";
import { OperationProgress } from "./operation-progress.tsx";
import { hasEnded } from "./operation-state.ts";
import { Empty, Failed, Skeleton } from "./parts.tsx";
import { PickedFiles } from "./picked-files.tsx";
import { operationPath } from "./route.ts";
import { texts } from "./texts.ts";
import { useOperator } from "./token.ts";
import { beginTrace } from "./trace-context.ts";

interface DropProps {
  readonly onFiles: (files: readonly File[]) => void;
}

const Drop = ({ onFiles }: DropProps) => {
  const [isOver, setIsOver] = useState(false);
  return (
    <label
      class={isOver ? "drop drop-over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        onFiles([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <strong>{texts.load.drop}</strong>
      <span class="quiet">{texts.load.formats}</span>
      <input
        type="file"
        multiple
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
    </label>
  );
};

interface Sending {
  readonly share: number;
  readonly doing: string;
}

const SendingView = ({ share, doing }: Sending) => (
  <p class="rows" role="status">
    <progress value={share} max={1} aria-label={doing} />
    <span>
      {doing} {Math.round(share * 100)} %
    </span>
  </p>
);

const OneLoad = ({ item }: { readonly item: OperationItem }) => {
  const path = `/v1/operations/${item.id}`;
  const { data } = usePolled<Operation>(path, 1_000, hasEnded);
  return (
    <article class="card load" data-operation={item.id}>
      <div class="head">
        <Link href={operationPath(item.id)}>
          {item.request["dryRun"] === true ? texts.load.check : texts.action["load"]}
        </Link>
        <code class="quiet">{String(item.request["source"] ?? "")}</code>
        <span class="tools">
          <OperationControls operation={data ?? item} />
        </span>
      </div>
      {data === undefined ? <Skeleton lines={2} /> : <OperationProgress operation={data} />}
    </article>
  );
};

const SHOWN = 5;

const Loads = () => {
  const polled = usePolled<PageOf<OperationItem>>(
    `/v1/operations?kind=load&limit=${SHOWN}`,
    POLL_MS,
  );
  return (
    <section>
      <div class="bar">
        <h2>{texts.load.loads}</h2>
        <Contact polled={polled} />
      </div>
      {polled.data?.items.length === 0 ? <Empty>{texts.load.none}</Empty> : null}
      {polled.data?.items.map((item) => (
        <OneLoad key={item.id} item={item} />
      ))}
    </section>
  );
};

export const LoadPage = () => {
  const token = useOperator();
  const [picked, setPicked] = useState<readonly Picked[]>([]);
  const [options, setOptions] = useState<LoadOptions>(usual);
  const [sending, setSending] = useState<Sending>();
  const [error, setError] = useState<Error>();
  const bytes = picked.reduce((sum, { file }) => sum + file.size, 0);
  const isReady =
    token !== "" &&
    picked.length > 0 &&
    sending === undefined &&
    picked.every((one) => typeof namesOf(one) !== "string");
  const add = (files: readonly File[]): void => {
    Promise.all(files.map(pick)).then((added) => setPicked([...picked, ...added]), setError);
  };
  const start = (dryRun: boolean): void => {
    setError(undefined);
    setSending({ share: 0, doing: texts.load.checking });
    stage(picked, token, (share, doing) => setSending({ share, doing }))
      .then((source) =>
        postJson(
          "/v1/operations",
          { kind: "load", source, ...options, dryRun },
          token,
          beginTrace(),
        ),
      )
      .then(() => {
        if (!dryRun) setPicked([]);
      }, setError)
      .finally(() => setSending(undefined));
  };
  return (
    <ConsoleFrame current="load">
      <Drop onFiles={add} />
      {picked.length === 0 ? null : (
        <form
          class="card"
          onSubmit={(event) => {
            event.preventDefault();
            if (isReady) start(false);
          }}
        >
          <PickedFiles picked={picked} onChange={setPicked} />
          <LoadChoices options={options} onChoose={setOptions} />
          <div class="buttons">
            <button type="submit" class="strong" disabled={!isReady}>
              {texts.load.start(toBytes(bytes))}
            </button>
            <button type="button" disabled={!isReady} onClick={() => start(true)}>
              {texts.load.check}
            </button>
            <button type="button" onClick={() => setPicked([])}>
              {texts.load.clear}
            </button>
            {token === "" ? <span class="quiet">{texts.token.needed}</span> : null}
          </div>
          {sending === undefined ? null : <SendingView {...sending} />}
        </form>
      )}
      {error === undefined ? null : <Failed error={error} />}
      <Loads />
    </ConsoleFrame>
  );
};
