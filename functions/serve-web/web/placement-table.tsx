/** Where the data is: a row a table, a column a shard in a data center. */
import type { Placed, Placement } from "./api-types.ts";
import { toBytes, toCount } from "./format.ts";
import { Scroll } from "./scroll.tsx";
import { texts } from "./texts.ts";

const keyOf = ({ shard, dataCenter }: Pick<Placed, "shard" | "dataCenter">): string =>
  `${shard} ${dataCenter}`;

const Amount = ({ placed }: { readonly placed: Placed | undefined }) =>
  placed === undefined ? (
    <td class="number quiet">{texts.none}</td>
  ) : (
    <td class="number">
      {placed.isExact ? "" : "≈ "}
      {toCount(placed.rows)} <span class="quiet">{toBytes(placed.bytes)}</span>
    </td>
  );

interface KeyspaceProps {
  readonly keyspace: string;
  readonly items: readonly Placed[];
}

const Keyspace = ({ keyspace, items }: KeyspaceProps) => {
  const places = [...new Map(items.map((item) => [keyOf(item), item])).values()];
  const names = [...new Set(items.map(({ table }) => table))].sort();
  return (
    <Scroll label={texts.admin.keyspace(keyspace)}>
      <table class="dense">
        <caption>{texts.admin.keyspace(keyspace)}</caption>
        <thead>
          <tr>
            <th scope="col">{texts.operation.table}</th>
            {places.map(({ shard, dataCenter, copies }) => (
              <th key={`${shard} ${dataCenter}`} scope="col" class="number">
                {shard?.split("/")[1]} {texts.dataCenter[dataCenter ?? ""] ?? dataCenter}
                {copies > 1 ? ` × ${copies}` : ""}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((table) => (
            <tr key={table}>
              <th scope="row">{table}</th>
              {places.map((place) => (
                <Amount
                  key={keyOf(place)}
                  placed={items.find((one) => one.table === table && keyOf(one) === keyOf(place))}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
};

export const PlacementTable = ({ placement }: { readonly placement: Placement }) => {
  const placed = placement.items.filter(({ shard }) => shard !== null);
  const media = placement.items.find(({ shard }) => shard === null);
  const keyspaceOf = ({ shard }: Placed): string => shard?.split("/")[0] ?? "";
  return (
    <section>
      <h2>{texts.admin.placement}</h2>
      {[...new Set(placed.map(keyspaceOf))]
        .sort()
        .reverse()
        .map((keyspace) => (
          <Keyspace
            key={keyspace}
            keyspace={keyspace}
            items={placed.filter((one) => keyspaceOf(one) === keyspace)}
          />
        ))}
      {media === undefined ? null : (
        <p class="quiet">{texts.admin.media(toCount(media.rows), toBytes(media.bytes))}</p>
      )}
    </section>
  );
};
