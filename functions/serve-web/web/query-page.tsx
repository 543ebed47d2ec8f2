/** One statement that only reads: its rows, its plan, and the shards that it touched. */
import { useState } from "preact/hooks";
import { postJson } from "./api.ts";
import { ConsoleFrame } from "./console-parts.tsx";
import { toCount } from "./format.ts";
import { Link } from "./navigation.tsx";
import { Failed } from "./parts.tsx";
import { PlanTree } from "./query-plan.tsx";
import { tracePath } from "./route.ts";
import { Scroll } from "./scroll.tsx";
import { texts } from "./texts.ts";
import { useOperator } from "./token.ts";
import { beginTrace } from "./trace-context.ts";

interface Answer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly isCut: boolean;
  readonly milliseconds: number;
  readonly plan: unknown;
  readonly queries: readonly { keyspace: string; shard: string; sql: string }[];
  readonly shards: readonly string[];
}

interface Asked {
  readonly answer?: Answer;
  readonly error?: Error;
  readonly traceId: string;
}

const KEPT = "tagenal-sql";
const ROWS = [50, 200, 1_000];
const numeric = /^(TINY|SHORT|LONG|LONGLONG|INT24|FLOAT|DOUBLE|NEWDECIMAL|DECIMAL|YEAR)$/;

const toCell = (value: unknown): string =>
  typeof value === "object" ? JSON.stringify(value) : String(value);

const Rows = ({ answer: { columns, rows } }: { readonly answer: Answer }) => (
  <Scroll class="result" label={texts.sql.rows}>
    <table class="dense">
      <thead>
        <tr>
          {columns.map(({ name, type }, index) => (
            <th key={index} scope="col" class={numeric.test(type) ? "number" : ""} title={type}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={index}>
            {row.map((value, at) => (
              <td key={at} class={numeric.test(columns[at]?.type ?? "") ? "number" : ""}>
                {value === null ? <span class="quiet">NULL</span> : toCell(value)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </Scroll>
);

const Queries = ({ queries }: Pick<Answer, "queries">) => (
  <Scroll label={texts.sql.sent}>
    <table class="dense">
      <thead>
        <tr>
          <th scope="col">{texts.admin.shard}</th>
          <th scope="col">{texts.sql.sent}</th>
        </tr>
      </thead>
      <tbody>
        {queries.map(({ keyspace, shard, sql }, index) => (
          <tr key={index}>
            <td class="nowrap">
              {keyspace}/{shard}
            </td>
            <td>
              <code>{sql}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </Scroll>
);

const AnswerView = ({ answer, traceId }: { readonly answer: Answer; readonly traceId: string }) => (
  <section>
    <p role="status">
      <strong>{texts.sql.found(answer.rows.length, answer.isCut)}</strong>{" "}
      {texts.sql.took(toCount(answer.milliseconds))}
      {answer.shards.length === 0 ? null : (
        <>
          {" · "}
          {texts.sql.touched}{" "}
          {answer.shards.map((shard) => (
            <span key={shard} class="chip">
              {shard}
            </span>
          ))}
        </>
      )}
      {" · "}
      <Link href={tracePath(traceId)}>{texts.trace.link}</Link>
    </p>
    {answer.columns.length === 0 ? null : <Rows answer={answer} />}
    {answer.plan === null ? null : (
      <details open>
        <summary>{texts.sql.plan}</summary>
        <PlanTree plan={answer.plan} />
      </details>
    )}
    {answer.queries.length === 0 ? null : (
      <details>
        <summary>{texts.sql.queries(answer.queries.length)}</summary>
        <Queries queries={answer.queries} />
      </details>
    )}
  </section>
);

const keep = (sql: string): void => sessionStorage.setItem(KEPT, sql);

export const QueryPage = () => {
  const token = useOperator();
  const [sql, setSql] = useState(() => sessionStorage.getItem(KEPT) ?? texts.sql.examples[0] ?? "");
  const [keyspace, setKeyspace] = useState("tagenal");
  const [maxRows, setMaxRows] = useState(200);
  const [asked, setAsked] = useState<Asked>();
  const [isAsking, setIsAsking] = useState(false);
  const ask = (): void => {
    if (isAsking || token === "" || sql.trim() === "") return;
    keep(sql);
    const trace = beginTrace();
    const { id: traceId } = trace;
    setIsAsking(true);
    postJson<Answer>("/v1/queries", { sql, keyspace, maxRows }, token, trace)
      .then(
        (answer) => setAsked({ answer, traceId }),
        (error: Error) => setAsked({ error, traceId }),
      )
      .finally(() => setIsAsking(false));
  };
  return (
    <ConsoleFrame current="query">
      <form
        class="sql"
        onSubmit={(event) => {
          event.preventDefault();
          ask();
        }}
      >
        <label>
          <span>{texts.sql.statement}</span>
          <textarea
            value={sql}
            rows={6}
            spellcheck={false}
            autocapitalize="off"
            onInput={({ currentTarget: { value } }) => setSql(value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
              event.preventDefault();
              ask();
            }}
          />
        </label>
        <div class="fields">
          <label class="inline">
            {texts.sql.keyspace}
            <select
              value={keyspace}
              onChange={({ currentTarget: { value } }) => setKeyspace(value)}
            >
              <option>tagenal</option>
              <option>global</option>
            </select>
          </label>
          <label class="inline">
            {texts.sql.most}
            <select
              value={String(maxRows)}
              onChange={({ currentTarget: { value } }) => setMaxRows(Number(value))}
            >
              {ROWS.map((count) => (
                <option key={count} value={String(count)}>
                  {toCount(count)}
                </option>
              ))}
            </select>
          </label>
          <button type="submit" class="strong" disabled={token === "" || isAsking}>
            {isAsking ? texts.sql.asking : texts.sql.ask}
          </button>
          <span class="quiet small-text">{token === "" ? texts.token.needed : texts.sql.hint}</span>
        </div>
        <div class="examples">
          {texts.sql.examples.map((example) => (
            <button
              key={example}
              type="button"
              class="chip"
              onClick={() => {
                setSql(example);
              }}
            >
              <code>{example}</code>
            </button>
          ))}
        </div>
      </form>
      {asked?.error === undefined ? null : <Failed error={asked.error} />}
      {asked?.answer === undefined ? null : (
        <AnswerView answer={asked.answer} traceId={asked.traceId} />
      )}
    </ConsoleFrame>
  );
};
