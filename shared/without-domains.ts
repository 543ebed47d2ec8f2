/**
 * Keeps functions-framework from making a domain of each request. The first domain of a process
 * switches async hooks on for good: from then on every promise, of the database client too, runs
 * four hooks, and an await costs some ten times as much (sixty inside the domain). Domains have
 * been deprecated since Node 4, and here nothing needs one: `respond` catches what a handler
 * throws, and what nobody catches ends the process, as it should.
 */
import domain, { type Domain } from "node:domain";
import { EventEmitter } from "node:events";

class NoDomain extends EventEmitter {
  run<T>(work: () => T): T {
    return work();
  }
}

export const avoidDomains = (): void => {
  // The framework looks `create` up at each request, and uses `on` and `run` of what it gets.
  domain.create = () => new NoDomain() as unknown as Domain;
};
