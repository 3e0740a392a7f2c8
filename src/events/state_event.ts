import { unreachable } from "#src/value/unreachable.ts";

/** What happened to the appliance's own memory. */
export type StateEvent =
  | { readonly kind: "storeFailed"; readonly problem: string }
  | {
      readonly kind: "storedRowSkipped";
      readonly table: string;
      readonly row: string;
      readonly problem: string;
    }
  | { readonly kind: "backupTaken"; readonly secrets: boolean; readonly images: boolean };

export function describeState(event: StateEvent): string {
  switch (event.kind) {
    case "storeFailed":
      return event.problem;
    case "storedRowSkipped":
      return `Skipped "${event.row}" of table ${event.table}: ${event.problem}`;
    case "backupTaken":
      return `A backup was taken, ${withOrNot(event.secrets)} secrets, ${withOrNot(event.images)} images`;
    default:
      return unreachable(event);
  }
}

const withOrNot = (is: boolean): string => (is ? "with" : "without");
